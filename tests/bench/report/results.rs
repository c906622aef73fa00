//! Everything that was measured, one number at a time.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// One measured number.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The round it was measured in: numbers of the same round are compared.
    pub round: usize,
    /// What was measured, with its unit.
    pub measure: &'static str,
    /// The database.
    pub database: &'static str,
    /// The messages in the inbox, where that matters.
    pub size: usize,
    /// Whose.
    pub who: String,
    /// The number.
    pub value: f64,
}

/// The numbers of one measure in the order of their rounds.
#[derive(Clone, Debug, Default)]
pub struct Series(pub Vec<(usize, f64)>);

/// All numbers.
#[derive(Debug, Default)]
pub struct Results(Vec<Sample>);

impl Results {
    /// Adds one.
    pub fn add(&mut self, sample: Sample) {
        self.0.push(sample);
    }

    /// Those of one measure.
    pub fn series(&self, measure: &str, database: &str, size: usize, who: &str) -> Series {
        let ours = |sample: &&Sample| {
            sample.measure == measure && sample.database == database && sample.size == size && sample.who == who
        };
        Series(self.0.iter().filter(ours).map(|sample| (sample.round, sample.value)).collect())
    }

    /// The sizes of inboxes for which there are numbers.
    pub fn sizes(&self, measure: &str, database: &str) -> Vec<usize> {
        let of_it = self.0.iter().filter(|sample| sample.measure == measure && sample.database == database);
        let mut sizes: Vec<_> = of_it.map(|sample| sample.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// Writes them down.
    pub fn write(&self, file: &Path) {
        let mut text = "round,measure,database,size,module,value\n".to_owned();
        for Sample { round, measure, database, size, who, value } in &self.0 {
            let _ = writeln!(text, "{round},\"{measure}\",{database},{size},\"{who}\",{value}");
        }
        fs::write(file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

impl Series {
    /// The middle one.
    pub fn median(&self) -> Option<f64> {
        let mut values: Vec<_> = self.0.iter().map(|(_, value)| *value).filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let (low, high) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
        Some((low + high) / 2.0)
    }

    /// The smallest.
    pub fn min(&self) -> Option<f64> {
        self.0.iter().map(|(_, value)| *value).min_by(f64::total_cmp)
    }

    /// The largest.
    pub fn max(&self) -> Option<f64> {
        self.0.iter().map(|(_, value)| *value).max_by(f64::total_cmp)
    }

    /// This divided by another, round by round.
    pub fn over(&self, other: &Series) -> Series {
        let same = |round: usize| other.0.iter().find(|(it, _)| *it == round).map(|(_, value)| *value);
        let ratios = self.0.iter().filter_map(|&(round, value)| Some((round, value / same(round)?)));
        Series(ratios.filter(|(_, ratio)| ratio.is_finite()).collect())
    }
}
