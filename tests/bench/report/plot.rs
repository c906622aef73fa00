//! The plots: delivery rate, and the time that a worker is held, over the size of the inbox.

use std::error::Error;
use std::path::Path;

use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;

use crate::measures::{delivery, DELIVERIES};
use crate::report::results::{Results, Series};

const COLOURS: [RGBColor; 3] = [RGBColor(200, 60, 40), RGBColor(30, 110, 180), RGBColor(40, 150, 80)];

/// Draws what was measured on `database` into two files in `dir`.
pub fn draw(results: &Results, database: &str, dir: &Path) -> Result<(), Box<dyn Error>> {
    let rate = Plot {
        title: format!("Delivery rate over the size of the inbox, {database}"),
        unit: "messages per second",
        measure: delivery::RATE,
        logarithmic: false,
    };
    rate.draw(results, database, &dir.join(format!("rate-{}.svg", database.to_lowercase())))?;
    let hold = Plot {
        title: format!("SIP worker held by m_dump() over the size of the inbox, {database}"),
        unit: "milliseconds, logarithmic",
        measure: delivery::HOLD,
        logarithmic: true,
    };
    hold.draw(results, database, &dir.join(format!("hold-{}.svg", database.to_lowercase())))
}

struct Plot {
    title: String,
    unit: &'static str,
    measure: &'static str,
    logarithmic: bool,
}

/// The numbers for one size of the inbox.
type Point = (f64, Series);

impl Plot {
    fn draw(&self, results: &Results, database: &str, file: &Path) -> Result<(), Box<dyn Error>> {
        let sizes = results.sizes(self.measure, database);
        let lines: Vec<(String, Vec<Point>)> = DELIVERIES
            .iter()
            .map(|module| {
                let points =
                    sizes.iter().map(|&size| (size, results.series(self.measure, database, size, &module.to_string())));
                let points = points.filter(|(_, series)| !series.0.is_empty()).map(|(size, it)| (size as f64, it));
                (module.to_string(), points.collect())
            })
            .collect();
        let all = || lines.iter().flat_map(|(_, points)| points).flat_map(|(_, series)| &series.0).map(|(_, y)| *y);
        let top = all().fold(0.0, f64::max) * 1.1;
        let bottom = if self.logarithmic { all().fold(f64::MAX, f64::min).max(0.001) * 0.8 } else { 0.0 };
        let (Some(&least), Some(&most)) = (sizes.first(), sizes.last()) else { return Ok(()) };
        let x = (least as f64 * 0.9..most as f64 * 1.1).log_scale();

        let area = SVGBackend::new(file, (800, 450)).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area);
        chart.caption(&self.title, ("sans-serif", 20)).margin(12);
        chart.x_label_area_size(42).y_label_area_size(70);
        if self.logarithmic {
            self.finish(chart.build_cartesian_2d(x, (bottom..top).log_scale())?, &lines)?;
        } else {
            self.finish(chart.build_cartesian_2d(x, bottom..top)?, &lines)?;
        }
        area.present()?;
        Ok(())
    }

    fn finish<'file: 'chart, 'chart, Y>(
        &self,
        mut chart: ChartContext<'chart, SVGBackend<'file>, Cartesian2d<LogCoord<f64>, Y>>,
        lines: &[(String, Vec<Point>)],
    ) -> Result<(), Box<dyn Error>>
    where
        Y: 'chart + Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let label = |value: &f64| if *value < 1.0 { format!("{value}") } else { format!("{value:.0}") };
        let mut mesh = chart.configure_mesh();
        mesh.x_desc("messages in the inbox, logarithmic").y_desc(self.unit).light_line_style(WHITE);
        mesh.x_label_formatter(&label).y_label_formatter(&label).draw()?;
        for ((name, points), colour) in lines.iter().zip(COLOURS) {
            let middle: Vec<_> = points.iter().filter_map(|(x, series)| Some((*x, series.median()?))).collect();
            chart
                .draw_series(LineSeries::new(middle.iter().copied(), colour.stroke_width(2)))?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
            chart.draw_series(middle.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
            // From the smallest to the largest of all rounds.
            let spread = points.iter().filter_map(|(x, it)| Some([(*x, it.min()?), (*x, it.max()?)]));
            chart.draw_series(spread.map(|ends| PathElement::new(ends, colour.stroke_width(1))))?;
        }
        let mut legend = chart.configure_series_labels();
        legend.background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.4)).draw()?;
        Ok(())
    }
}
