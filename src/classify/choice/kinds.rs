//! The kinds of evidence: each outweighs all below it together. `fixtures/decisions/README.md` tells why.

/// It is written to a file, or logged to a registry.
pub(in crate::classify) const SAVED: u32 = 1 << 13;
/// What it predicts, or learned, is written to a file.
pub(in crate::classify) const SUBMITTED: u32 = 1 << 12;
/// The notebook's text calls it the final one, the best, the chosen one.
pub(in crate::classify) const PRAISED: u32 = 1 << 11;
/// It is not one of a loop that tries settings, and not there for a picture alone.
pub(in crate::classify) const DELIBERATE: u32 = 1 << 10;
/// It is not only a part of a later one: a member of an ensemble, a model whose output another one learns from.
pub(in crate::classify) const WHOLE: u32 = 1 << 9;
/// It is fitted, rather than only validated.
pub(in crate::classify) const FITTED: u32 = 1 << 8;
/// Something can reach it at the end: it was not only there for a look.
pub(in crate::classify) const REACHABLE: u32 = 1 << 7;
/// It is fitted on all rows, after one of its kind was on a part of them.
pub(in crate::classify) const REFITTED: u32 = 1 << 6;
/// It has the best value of the metric that the notebook prints for most candidates.
pub(in crate::classify) const BEST: u32 = 1 << 5;
/// Its variable says so.
pub(in crate::classify) const NAMED: u32 = 1 << 4;
/// It is the last one that is measured.
pub(in crate::classify) const EVALUATED: u32 = 1 << 3;
/// It is the last one that predicts, or of which something is shown.
pub(in crate::classify) const USED: u32 = 1 << 2;
/// A search found its settings.
pub(in crate::classify) const TUNED: u32 = 1 << 1;

/// Evidence that decides by itself.
pub(in crate::classify) const STRONG: u32 = SAVED | SUBMITTED | PRAISED;
/// Evidence of which two kinds have to agree: who is measured last is mostly used last, too.
pub(in crate::classify) const WEAK: [u32; 5] = [REFITTED, BEST, NAMED, EVALUATED | USED, TUNED];
