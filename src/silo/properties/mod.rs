//! Properties that hold for every input, tried with many: the same ones in each run.
//!
//! `PROPTEST_CASES=100000 cargo test properties` tries more of them, `PROPTEST_RNG_SEED=7` others.

mod books;
mod model;
mod readable;
mod servers;
mod texts;
mod times;

use proptest::test_runner::{Config, RngSeed};

/// Rules for a test that tries `cases` inputs unless the environment says otherwise.
fn tries(cases: u32) -> Config {
    let mut config = Config::with_cases(cases);
    if let Some(wanted) = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()) {
        config.cases = wanted;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config.failure_persistence = None;
    config
}
