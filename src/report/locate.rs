//! Finding in the written files the lines that came from a statement. The plan's code went through a formatter since: it
//! is searched for without anything that a formatter changes.

use std::collections::BTreeMap;

use crate::plan::{Block, PackagePlan};

/// Generated lines that came from one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The module's name.
    pub(super) module: String,
    /// The function; empty at the module's level.
    pub(super) function: String,
    /// The path of the file and the first line's number in it, if the lines were found there.
    pub(super) file: Option<(String, usize)>,
    /// The lines, from column 0.
    pub(super) code: String,
}

/// Generated lines by statement.
pub(super) type Pieces = BTreeMap<crate::syntax::At, Vec<Piece>>;

/// All generated lines that came from statements.
pub(super) fn pieces(plan: &PackagePlan, files: &BTreeMap<String, String>) -> Pieces {
    let mut found = Pieces::new();
    for module in &plan.modules {
        let path = format!("src/{}/{}.py", plan.package, module.name);
        let file = files.get(&path).map(|text| Squeezed::of(text));
        let file = file.as_ref();
        for definition in &module.definitions {
            let range = file.and_then(|file| file.find(&definition.code, 0));
            let piece = piece(&path, &module.name, "", file, range, &definition.code);
            found.entry(definition.at).or_default().push(piece);
        }
        for stage in &module.stages {
            let ranges = file.map(|file| ranges(file, &stage.function, &stage.body)).unwrap_or_default();
            for (number, block) in stage.body.iter().enumerate() {
                let Some(at) = block.at else { continue };
                let range = ranges.get(number).copied().flatten();
                let code: String =
                    block.comments.iter().map(|line| format!("{line}\n")).collect::<String>() + &block.code;
                found.entry(at).or_default().push(piece(&path, &module.name, &stage.function, file, range, &code));
            }
        }
    }
    found
}

/// First and last line, from 0.
type Range = (usize, usize);

fn piece(
    path: &str,
    module: &str,
    function: &str,
    file: Option<&Squeezed<'_>>,
    range: Option<Range>,
    code: &str,
) -> Piece {
    let place = file.zip(range);
    Piece {
        module: module.to_owned(),
        function: function.to_owned(),
        file: place.map(|(_, (first, _))| (path.to_owned(), first + 1)),
        code: place.map_or_else(|| code.to_owned(), |(file, (first, last))| dedent(&file.lines[first..=last])),
    }
}

/// The lines of each block of a stage.
fn ranges(file: &Squeezed<'_>, function: &str, body: &[Block]) -> Vec<Option<Range>> {
    let start = format!("def {function}(");
    let Some(mut from) = file.lines.iter().position(|line| line.starts_with(&start)) else { return Vec::new() };
    from += 1;
    let mut found: Vec<Option<Range>> = Vec::new();
    for block in body {
        let range = file.find(&block.code, from);
        if let Some((_, last)) = range {
            from = last + 1;
        }
        found.push(range);
    }
    // One that the formatter changed beyond recognition is what lies between its neighbours.
    for at in 1..found.len().saturating_sub(1) {
        if let (Some((_, before)), None, Some((after, _))) = (found[at - 1], found[at], found[at + 1])
            && let Some(first) = (before + 1..after).find(|line| !file.lines[*line].trim().is_empty())
        {
            found[at] = Some((first, after - 1));
        }
    }
    for range in found.iter_mut().flatten() {
        while range.0 > from_comment(file, range.0) {
            range.0 -= 1;
        }
        while range.1 > range.0 && file.lines[range.1].trim().is_empty() {
            range.1 -= 1;
        }
    }
    found
}

/// The line above, if it is a comment.
fn from_comment(file: &Squeezed<'_>, line: usize) -> usize {
    let above = line.checked_sub(1).filter(|above| file.lines[*above].trim_start().starts_with('#'));
    above.unwrap_or(line)
}

/// A file without what a formatter changes.
struct Squeezed<'a> {
    lines: Vec<&'a str>,
    text: String,
    /// The line of each byte of `text`.
    line_of: Vec<usize>,
}

impl<'a> Squeezed<'a> {
    fn of(file: &'a str) -> Self {
        let lines: Vec<&str> = file.lines().collect();
        let (mut text, mut line_of) = (String::new(), Vec::new());
        for (number, line) in lines.iter().enumerate() {
            text.push_str(&squeeze(line));
            line_of.resize(text.len(), number);
        }
        Self { lines, text, line_of }
    }

    /// The lines of a piece of code, searched for from a line on.
    fn find(&self, code: &str, from: usize) -> Option<Range> {
        let wanted = squeeze(code);
        let start = self.line_of.partition_point(|line| *line < from);
        let at = start + self.text.get(start..)?.find(&wanted)?;
        let last = (at + wanted.len()).checked_sub(1).filter(|_| !wanted.is_empty())?;
        Some((self.line_of[at], self.line_of[last]))
    }
}

fn squeeze(code: &str) -> String {
    let kept = |c: &char| !c.is_whitespace() && !matches!(c, '(' | ')' | ',' | ';' | '"' | '\'' | '\\');
    code.chars().filter(kept).map(|c| c.to_ascii_lowercase()).collect()
}

fn dedent(lines: &[&str]) -> String {
    let indents = lines.iter().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len());
    let indent = indents.min().unwrap_or(0);
    let lines: Vec<&str> = lines.iter().map(|line| line.get(indent..).unwrap_or_else(|| line.trim_start())).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{ModulePlan, StagePlan};
    use crate::syntax::At;

    fn block(statement: usize, code: &str) -> Block {
        Block { code: code.to_owned(), comments: Vec::new(), at: Some(At { cell: 0, statement }) }
    }

    #[test]
    fn formatted_lines_are_found() {
        let body = vec![block(0, "x = f(a,'b')"), block(1, "y = 1."), block(2, "z = x"), block(3, "gone()")];
        let stage = StagePlan { function: "run_all".to_owned(), body, ..StagePlan::default() };
        let module = ModulePlan { name: "data".to_owned(), stages: vec![stage], ..ModulePlan::default() };
        let plan = PackagePlan { package: "pkg".to_owned(), modules: vec![module], ..PackagePlan::default() };
        let text = "z = x\n\n\ndef run_all():\n    # why\n    x = f(\n        a,\n        \"b\",\n    )\n    y = 1.0\n    z = x\n";
        let files = BTreeMap::from([("src/pkg/data.py".to_owned(), text.to_owned())]);
        let found = pieces(&plan, &files);
        let of = |statement: usize| &found[&At { cell: 0, statement }][0];
        assert_eq!(of(0).code, "# why\nx = f(\n    a,\n    \"b\",\n)");
        assert_eq!(of(0).file, Some(("src/pkg/data.py".to_owned(), 5)));
        assert_eq!(of(1).code, "y = 1.0");
        assert_eq!(of(2).file, Some(("src/pkg/data.py".to_owned(), 11)));
        assert_eq!((of(3).file.clone(), of(3).code.as_str()), (None, "gone()"));
    }
}
