//! How much of what follows the headers is the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use msilo_fuzz::check::is_one_log_line;
use msilo_fuzz::silo::message::body::{extent, BadBody};

fuzz_target!(|input: (&[u8], Option<usize>, bool)| {
    let (arrived, announced, datagram) = input;
    let announced = announced.map(|length| if length > 1 << 20 { length } else { length % (arrived.len() + 2) });
    match extent(arrived, announced, datagram) {
        Ok(body) => {
            assert!(!body.is_empty() && arrived.starts_with(body));
            assert!(announced.is_some() || datagram);
            assert_eq!(body.len(), announced.unwrap_or(arrived.len()));
        }
        Err(error) => {
            is_one_log_line(&error);
            let told = match error {
                BadBody::Short { announced: told, arrived: came } => {
                    announced == Some(told) && came == arrived.len() && told > came
                }
                BadBody::NoLength => announced.is_none() && !datagram,
                BadBody::Empty => announced == Some(0) || (announced.is_none() && arrived.is_empty()),
            };
            assert!(told, "{error:?}");
        }
    }
});
