//! `nb2pkg` turns a finished Jupyter notebook into a Python package that an engineer would gladly merge.
//!
//! The modules stand in the order in which a notebook goes through them; each takes values and returns a new one. Only
//! [`host`] touches the outside, only [`cli`] prints.

#![warn(clippy::disallowed_methods)]

/// The analysis makes many small values and drops them soon: a tenth of its time goes with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod python;

pub mod notebook;

pub mod ipython;

pub mod syntax;

pub mod knowledge;

pub mod dataflow;

pub mod order;

pub mod classify;

pub mod rules;

pub mod analysis;

pub mod plan;

pub mod render;

pub mod lock;

pub mod report;

pub mod verify;

pub mod check;

pub mod config;

pub mod diagnostics;

pub mod host;

pub mod cli;
