//! What people and programs are shown: failures, and findings in one format a file.

mod failure;
mod json;
mod layout;
mod nearest;
mod text;

pub use failure::Failure;
pub use json::{FindingRecord, record};
pub use layout::{columns, pad, plain, ranges, shorten, wrap};
pub use nearest::nearest;
pub use text::{Style, findings, place};
