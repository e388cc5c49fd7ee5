//! What the notebook's text says of its candidates: "the final model is", "we choose", "performs best".

use super::Candidate;
use super::names::{Names, normalize};
use crate::knowledge::knowledge;
use crate::notebook::{CellKind, Notebook};
use crate::syntax::ParsedCell;

/// Praise of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Praise {
    /// Whose.
    pub(super) candidate: usize,
    /// The cell, by its position.
    pub(super) position: usize,
    /// In words for a reviewer.
    pub(super) evidence: String,
}

/// All praise, in order.
pub(super) fn read(notebook: &Notebook, cells: &[ParsedCell], candidates: &[Candidate], names: &Names) -> Vec<Praise> {
    let mut found = Vec::new();
    for cell in notebook.cells.iter().filter(|cell| cell.kind == CellKind::Markdown) {
        // Beside its fit or later: an introduction only announces.
        let fitted = |candidate: &usize| position(cells, &candidates[*candidate]).saturating_sub(3) <= cell.position;
        for sentence in cell.source.split(['.', '\n', '!', ';', '?']) {
            for candidate in praised(sentence, names).into_iter().filter(fitted) {
                let evidence = format!("named as the best in the text of cell {}", cell.position);
                found.push(Praise { candidate, position: cell.position, evidence });
            }
        }
    }
    found.extend(under_headings(notebook, cells, candidates));
    found.extend(beside_comments(cells, candidates));
    found.sort_by_key(|praise| praise.position);
    found
}

fn position(cells: &[ParsedCell], candidate: &Candidate) -> usize {
    cells.get(candidate.fit.cell).map_or(0, |cell| cell.position)
}

/// Whom a sentence praises. Where it compares two, the first one is the better one.
fn praised(sentence: &str, names: &Names) -> Vec<usize> {
    let words = normalize(sentence);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let praise = knowledge().praise();
    let one_of = words.windows(2).any(|pair| pair == ["one", "of"]);
    if one_of || words.iter().any(|word| is_in(&praise.doubt, word) || is_in(&praise.otherwise, word)) {
        return Vec::new();
    }
    let Some(mention) = names.mentions(&words).into_iter().next() else { return Vec::new() };
    let near = words[mention.word.saturating_sub(3)..].iter().take(mention.words + 6);
    let beside = || near.clone().any(|word| is_in(&praise.beside, word));
    if contains_any(&words, &praise.phrases) || beside() { mention.candidates } else { Vec::new() }
}

fn is_in(list: &[String], word: &str) -> bool {
    list.iter().any(|known| known == word)
}

fn contains_any(words: &[&str], phrases: &[String]) -> bool {
    phrases.iter().any(|phrase| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words.windows(phrase.len()).any(|window| window == phrase)
    })
}

/// The last candidate that is fitted under a heading such as "Final model".
fn under_headings(notebook: &Notebook, cells: &[ParsedCell], candidates: &[Candidate]) -> Vec<Praise> {
    let mut found = Vec::new();
    let mut open: Option<(usize, usize, String)> = None;
    let mut sections: Vec<(usize, usize, String)> = Vec::new();
    for cell in notebook.cells.iter().filter(|cell| cell.kind == CellKind::Markdown) {
        for line in cell.source.lines() {
            let level = line.chars().take_while(|c| *c == '#').count();
            if level == 0 || !line[level..].starts_with(' ') {
                continue;
            }
            if let Some((start, _, text)) = open.take_if(|(_, depth, _)| level <= *depth) {
                sections.push((start, cell.position, text));
            }
            let title = line[level..].trim();
            let words = normalize(title);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if open.is_none() && level > 1 && contains_any(&words, &knowledge().praise().headings) {
                open = Some((cell.position, level, title.to_owned()));
            }
        }
    }
    sections.extend(open.map(|(start, _, text)| (start, usize::MAX, text)));
    for (start, end, title) in sections {
        let inside = |candidate: &Candidate| {
            let at = position(cells, candidate);
            at > start && at < end && !candidate.settings_tried
        };
        if let Some(candidate) = candidates.iter().rposition(inside) {
            let evidence = format!("fitted under the heading “{title}” of cell {start}");
            found.push(Praise { candidate, position: start, evidence });
        }
    }
    found
}

/// `# final model` in the lines above a fit.
fn beside_comments(cells: &[ParsedCell], candidates: &[Candidate]) -> Vec<Praise> {
    /// So many lines lie between a comment and the fit that it speaks of, at most.
    const NEAR: usize = 4;
    let mut found = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let Some(cell) = cells.get(candidate.fit.cell) else { continue };
        let Some(statement) = cell.statements.get(candidate.fit.statement) else { continue };
        let (first, last) = cell.lines(statement.span);
        let said = cell.comments.iter().any(|comment| {
            let line = cell.line(comment.start);
            let words = normalize(cell.text(*comment));
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            line + NEAR >= first && line <= last && contains_any(&words, &knowledge().praise().headings)
        });
        if said {
            let evidence = format!("called the final model in a comment of cell {}", cell.position);
            found.push(Praise { candidate: index, position: cell.position, evidence });
        }
    }
    found
}
