//! Which mark holds, for small notebooks of one cell.

use serde_json::json;

use crate::analysis::Analysis;
use crate::classify::{Choice, Mark, Marks, Source, Word};

/// The marks of a notebook of one cell.
fn marks(source: &str, tags: &[&str], choice: &Choice) -> Marks {
    let cell = json!({"cell_type": "code", "source": source, "metadata": {"tags": tags}, "outputs": [],
                      "execution_count": null});
    let notebook = json!({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}).to_string();
    Analysis::of_notebook(notebook.as_bytes(), choice).expect("a notebook").classification.marks
}

fn configured(word: Word) -> Choice {
    let mut choice = Choice::default();
    let cells = if word == Word::Production { &mut choice.production_cells } else { &mut choice.exploration_cells };
    cells.insert(0);
    choice
}

/// What holds for the second statement.
fn second(source: &str, tags: &[&str], choice: &Choice) -> Option<(Word, Source)> {
    marks(source, tags, choice).statements.get(&1).map(|mark: &Mark| (mark.word, mark.source))
}

#[test]
fn the_nearest_holds_and_the_configuration_has_the_last_word() {
    let none = Choice::default();
    let all = "# nb2pkg: production\nx = 1\n# nb2pkg: exploration\ny = 2  # nb2pkg: production";
    assert_eq!(
        second(all, &["exploration"], &configured(Word::Exploration)),
        Some((Word::Exploration, Source::Configuration))
    );
    assert_eq!(second(all, &["exploration"], &none), Some((Word::Production, Source::Behind)));
    let above = all.rsplit_once("  #").expect("a comment").0;
    assert_eq!(second(above, &["production"], &none), Some((Word::Exploration, Source::Above)));
    assert_eq!(
        second("# nb2pkg: skip\nx = 1\ny = 2", &["production"], &none),
        Some((Word::Exploration, Source::CellComment))
    );
    assert_eq!(second("#| export\nx = 1\ny = 2", &["exploration"], &none), Some((Word::Production, Source::Export)));
    assert_eq!(second("#| hide\nx = 1\ny = 2", &["production"], &none), Some((Word::Production, Source::Tag)));
    assert_eq!(second("#| eval: false\nx = 1\ny = 2", &[], &none), Some((Word::Exploration, Source::Hidden)));
    assert_eq!(second("#| eval: true\nx = 1\ny = 2", &[], &none), None);
}

#[test]
fn the_nearer_of_two_comments_holds() {
    let source = "x = 1\n# nb2pkg: production\n# nb2pkg: exploration\ny = 2";
    let marks = marks(source, &[], &Choice::default());
    assert_eq!(marks.statements[&1].word, Word::Exploration);
    assert_eq!(marks.contradictions.len(), 1, "{marks:?}");
}

#[test]
fn a_comment_behind_a_command_is_read() {
    assert_eq!(
        second("x = 1\n!ls  # nb2pkg: production", &[], &Choice::default()),
        Some((Word::Production, Source::Behind))
    );
    // The text of a string is no comment.
    assert_eq!(second("x = 1\ny = '# nb2pkg: production'", &[], &Choice::default()), None);
}

#[test]
fn models_are_found_by_statement_and_by_cell() {
    let models = |source: &str, tags: &[&str]| -> Vec<usize> {
        marks(source, tags, &Choice::default()).models.into_keys().collect()
    };
    assert_eq!(models("x = 1\nm = fit(x)  # nb2pkg: model", &[]), [1]);
    assert_eq!(models("x = 1\nm = fit(x)", &["nb2pkg-model"]), [0, 1]);
    assert!(models("x = 1\nm = fit(x)", &["model"]).is_empty());
}

#[test]
fn a_marked_model_is_an_exception_in_a_cell_for_exploration() {
    let marks = marks("x = 1\nm = fit(x)  # nb2pkg: model", &["exploration"], &Choice::default());
    assert_eq!((marks.statements[&0].word, marks.statements[&1].word), (Word::Exploration, Word::Model));
    assert_eq!(marks.contradictions, []);
}
