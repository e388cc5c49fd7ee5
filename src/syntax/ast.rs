//! The typed syntax tree that every later phase reads.
//!
//! It follows `CPython`'s `ast` module in names and shape, keeps what the analysis needs and drops the rest. All spans
//! are byte ranges in the text of one cell after the IPython transformation ([`crate::ipython::CellSource::python`]).

use std::ops::Range;

/// A byte range in the Python text of one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range as an index into the cell's text.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether `other` lies within this span.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A statement with its place.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// From its first token (a decorator counts) to its last.
    pub span: Span,
}

/// The kinds of statements, as in `CPython`'s `ast`.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// An expression alone.
    Expr(Expr),
    /// `a = b = value`
    Assign { targets: Vec<Expr>, value: Expr },
    /// `a: annotation = value`
    AnnAssign { target: Expr, annotation: Expr, value: Option<Expr> },
    /// `a += value`
    AugAssign { target: Expr, operator: String, value: Expr },
    /// `del a, b[0]`
    Delete(Vec<Expr>),
    /// `import a.b as c`
    Import(Vec<Alias>),
    /// `from ..a import b as c`; a star import has one alias named `*`.
    ImportFrom { module: String, level: usize, names: Vec<Alias> },
    /// `def f(...): ...`
    FunctionDef(Box<FunctionDef>),
    /// `class C(...): ...`
    ClassDef(Box<ClassDef>),
    /// `if test: body else: orelse`; `elif` is an `If` in `orelse`.
    If { test: Expr, body: Vec<Stmt>, orelse: Vec<Stmt> },
    /// `for target in iter: body else: orelse`
    For { target: Expr, iter: Expr, body: Vec<Stmt>, orelse: Vec<Stmt> },
    /// `while test: body else: orelse`
    While { test: Expr, body: Vec<Stmt>, orelse: Vec<Stmt> },
    /// `try: ... except ...: ... else: ... finally: ...`
    Try { body: Vec<Stmt>, handlers: Vec<Handler>, orelse: Vec<Stmt>, finalbody: Vec<Stmt> },
    /// `with context as target: body`
    With { items: Vec<WithItem>, body: Vec<Stmt> },
    /// `match subject: case ...`
    Match { subject: Expr, cases: Vec<MatchCase> },
    /// `return value`
    Return(Option<Expr>),
    /// `raise exception from cause`
    Raise(Vec<Expr>),
    /// `assert test, message`
    Assert(Vec<Expr>),
    /// `global a, b`
    Global(Vec<String>),
    /// `nonlocal a, b`
    Nonlocal(Vec<String>),
    /// `type A[T] = value`
    TypeAlias { name: String, value: Expr },
    /// `pass`
    Pass,
    /// `break`
    Break,
    /// `continue`
    Continue,
}

/// One name of an import.
#[derive(Clone, Debug)]
pub struct Alias {
    /// The imported name, dotted for `import a.b`.
    pub name: String,
    /// The name after `as`.
    pub asname: Option<String>,
    /// The whole alias.
    pub span: Span,
}

impl Alias {
    /// The name that `import` binds in the scope: `a` for `import a.b`.
    #[must_use]
    pub fn bound(&self) -> &str {
        match &self.asname {
            Some(name) => name,
            None => self.name.split('.').next().unwrap_or(&self.name),
        }
    }
}

/// A function definition.
#[derive(Clone, Debug)]
pub struct FunctionDef {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub name_span: Span,
    /// Its parameters.
    pub parameters: Parameters,
    /// The annotation after `->`.
    pub returns: Option<Expr>,
    /// Its decorators, outermost first.
    pub decorators: Vec<Expr>,
    /// Its body.
    pub body: Vec<Stmt>,
    /// `async def`
    pub is_async: bool,
}

/// A class definition.
#[derive(Clone, Debug)]
pub struct ClassDef {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub name_span: Span,
    /// Bases and keywords.
    pub bases: Vec<Argument>,
    /// Its decorators, outermost first.
    pub decorators: Vec<Expr>,
    /// Its body.
    pub body: Vec<Stmt>,
}

/// The parameters of a function or lambda, in order.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// All of them.
    pub items: Vec<Parameter>,
    /// The place between the parentheses (empty if there are none).
    pub span: Span,
}

/// One parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name; empty for the bare `*` and `/` markers.
    pub name: String,
    /// How it takes arguments.
    pub kind: ParameterKind,
    /// Its default, evaluated when the function is defined.
    pub default: Option<Expr>,
    /// Its annotation.
    pub annotation: Option<Expr>,
    /// The whole parameter.
    pub span: Span,
}

/// How a parameter takes arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// By position (or name).
    Positional,
    /// After `*`: by name only.
    KeywordOnly,
    /// `*args`
    Args,
    /// `**kwargs`
    Kwargs,
    /// A bare `*` or `/`.
    Marker,
}

/// An `except` clause.
#[derive(Clone, Debug)]
pub struct Handler {
    /// The exceptions that it catches.
    pub types: Vec<Expr>,
    /// The name after `as`, unbound again at the end of the clause.
    pub name: Option<String>,
    /// Its body.
    pub body: Vec<Stmt>,
}

/// One item of a `with` statement.
#[derive(Clone, Debug)]
pub struct WithItem {
    /// The context manager.
    pub context: Expr,
    /// The target after `as`.
    pub target: Option<Expr>,
}

/// One case of a `match` statement. The pattern is reduced to what it binds and reads.
#[derive(Clone, Debug)]
pub struct MatchCase {
    /// Names that the pattern captures.
    pub binds: Vec<String>,
    /// Values and classes that the pattern reads.
    pub reads: Vec<Expr>,
    /// The guard after `if`.
    pub guard: Option<Expr>,
    /// Its body.
    pub body: Vec<Stmt>,
}

/// An expression with its place.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place, without enclosing parentheses.
    pub span: Span,
}

/// The kinds of expressions, as in `CPython`'s `ast`.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A name.
    Name(String),
    /// A string without interpolations, its value decoded; implicit concatenation is joined.
    Str(String),
    /// A bytes literal.
    Bytes,
    /// An integer, as written.
    Int(String),
    /// A floating-point number, as written.
    Float(String),
    /// A complex number.
    Complex,
    /// `True` or `False`
    Bool(bool),
    /// `None`
    None,
    /// `...`
    Ellipsis,
    /// An f-string or t-string: the expressions in it (format specifications included), in order.
    FString(Vec<Expr>),
    /// `value.attribute`
    Attribute { value: Box<Expr>, attribute: String },
    /// `value[index]`
    Subscript { value: Box<Expr>, index: Box<Expr> },
    /// `lower:upper:step`
    Slice(Vec<Expr>),
    /// `function(arguments)`
    Call { function: Box<Expr>, arguments: Vec<Argument> },
    /// `(a, b)`
    Tuple(Vec<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{a, b}`
    Set(Vec<Expr>),
    /// `{key: value, **other}`: an entry without a key is a `**` unpacking.
    Dict(Vec<(Option<Expr>, Expr)>),
    /// `left operator right`
    Binary { left: Box<Expr>, operator: String, right: Box<Expr> },
    /// `not x`, `-x`, `~x`, `+x`
    Unary { operator: String, operand: Box<Expr> },
    /// `a and b`, `a or b`
    BoolOp { operator: String, left: Box<Expr>, right: Box<Expr> },
    /// `a < b <= c`: the operands, in order.
    Compare { operators: Vec<String>, operands: Vec<Expr> },
    /// `body if test else orelse`
    IfExp { test: Box<Expr>, body: Box<Expr>, orelse: Box<Expr> },
    /// `lambda parameters: body`
    Lambda { parameters: Box<Parameters>, body: Box<Expr> },
    /// A list, set, dictionary or generator comprehension.
    Comprehension { kind: ComprehensionKind, elements: Vec<Expr>, clauses: Vec<ComprehensionClause> },
    /// `*value` or `**value`
    Starred(Box<Expr>),
    /// `target := value`
    Named { target: String, value: Box<Expr> },
    /// `await value`
    Await(Box<Expr>),
    /// `yield value`, `yield from value`
    Yield(Option<Box<Expr>>),
}

/// What a comprehension builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComprehensionKind {
    /// `[...]`
    List,
    /// `{...}`
    Set,
    /// `{k: v ...}`
    Dict,
    /// `(...)`
    Generator,
}

/// One `for target in iter if conditions` of a comprehension.
#[derive(Clone, Debug)]
pub struct ComprehensionClause {
    /// What each item is bound to.
    pub target: Expr,
    /// What is iterated over.
    pub iter: Expr,
    /// Its conditions.
    pub conditions: Vec<Expr>,
}

/// One argument of a call or of a class definition.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The keyword, if it is given by name.
    pub keyword: Option<String>,
    /// Its value; [`ExprKind::Starred`] for `*args` and `**kwargs`.
    pub value: Expr,
    /// `**kwargs`
    pub double_star: bool,
    /// The whole argument.
    pub span: Span,
}

impl Expr {
    /// `a.b.c` as its parts, if the expression is nothing but a dotted name.
    #[must_use]
    pub fn dotted(&self) -> Option<Vec<&str>> {
        match &self.kind {
            ExprKind::Name(name) => Some(vec![name]),
            ExprKind::Attribute { value, attribute } => {
                let mut parts = value.dotted()?;
                parts.push(attribute);
                Some(parts)
            }
            _ => None,
        }
    }

    /// The name at the root of `name.a[0].b(...)`, if there is one.
    #[must_use]
    pub fn root_name(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Name(name) => Some(name),
            ExprKind::Attribute { value, .. } | ExprKind::Subscript { value, .. } => value.root_name(),
            ExprKind::Call { function, .. } => function.root_name(),
            _ => None,
        }
    }

    /// Calls `visit` on the direct sub-expressions, in the order in which Python evaluates them (bodies of lambdas and the
    /// clauses of comprehensions included).
    pub fn for_each_child<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        match &self.kind {
            ExprKind::Name(_)
            | ExprKind::Str(_)
            | ExprKind::Bytes
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Complex
            | ExprKind::Bool(_)
            | ExprKind::None
            | ExprKind::Ellipsis => {}
            ExprKind::FString(items)
            | ExprKind::Slice(items)
            | ExprKind::Tuple(items)
            | ExprKind::List(items)
            | ExprKind::Set(items) => items.iter().for_each(visit),
            ExprKind::Compare { operands, .. } => operands.iter().for_each(visit),
            ExprKind::Attribute { value, .. } | ExprKind::Named { value, .. } => visit(value),
            ExprKind::Starred(value) | ExprKind::Await(value) => visit(value),
            ExprKind::Unary { operand, .. } => visit(operand),
            ExprKind::Subscript { value, index } => [value, index].into_iter().for_each(|part| visit(part)),
            ExprKind::Call { function, arguments } => {
                visit(function);
                arguments.iter().for_each(|argument| visit(&argument.value));
            }
            ExprKind::Dict(entries) => {
                entries.iter().for_each(|(key, value)| key.iter().chain([value]).for_each(&mut *visit));
            }
            ExprKind::Binary { left, right, .. } | ExprKind::BoolOp { left, right, .. } => {
                [left, right].into_iter().for_each(|part| visit(part));
            }
            ExprKind::IfExp { test, body, orelse } => [test, body, orelse].into_iter().for_each(|part| visit(part)),
            ExprKind::Lambda { parameters, body } => {
                parameters.items.iter().filter_map(|parameter| parameter.default.as_ref()).for_each(&mut *visit);
                visit(body);
            }
            ExprKind::Comprehension { elements, clauses, .. } => {
                for clause in clauses {
                    [&clause.iter, &clause.target].into_iter().chain(&clause.conditions).for_each(&mut *visit);
                }
                elements.iter().for_each(visit);
            }
            ExprKind::Yield(value) => value.iter().for_each(|value| visit(value)),
        }
    }

    /// Calls `visit` on this expression and all below it, parents first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        self.for_each_child(&mut |child| child.walk(visit));
    }
}

impl Stmt {
    /// The expressions of this statement itself, without those of nested statements.
    #[must_use]
    pub fn expressions(&self) -> Vec<&Expr> {
        match &self.kind {
            StmtKind::Expr(value) => vec![value],
            StmtKind::Assign { targets, value } => std::iter::once(value).chain(targets).collect(),
            StmtKind::AnnAssign { target, annotation, value } => value.iter().chain([annotation, target]).collect(),
            StmtKind::AugAssign { target, value, .. } => vec![target, value],
            StmtKind::Delete(items) | StmtKind::Raise(items) | StmtKind::Assert(items) => items.iter().collect(),
            StmtKind::FunctionDef(def) => def
                .decorators
                .iter()
                .chain(def.parameters.items.iter().filter_map(|p| p.default.as_ref()))
                .chain(def.parameters.items.iter().filter_map(|p| p.annotation.as_ref()))
                .chain(&def.returns)
                .collect(),
            StmtKind::ClassDef(def) => def.decorators.iter().chain(def.bases.iter().map(|b| &b.value)).collect(),
            StmtKind::If { test, .. } | StmtKind::While { test, .. } => vec![test],
            StmtKind::For { target, iter, .. } => vec![iter, target],
            StmtKind::Try { handlers, .. } => handlers.iter().flat_map(|h| &h.types).collect(),
            StmtKind::With { items, .. } => {
                items.iter().flat_map(|i| std::iter::once(&i.context).chain(&i.target)).collect()
            }
            StmtKind::Match { subject, cases } => {
                std::iter::once(subject).chain(cases.iter().flat_map(|c| c.reads.iter().chain(&c.guard))).collect()
            }
            StmtKind::Return(value) => value.iter().collect(),
            StmtKind::TypeAlias { value, .. } => vec![value],
            StmtKind::Import(_)
            | StmtKind::ImportFrom { .. }
            | StmtKind::Global(_)
            | StmtKind::Nonlocal(_)
            | StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue => Vec::new(),
        }
    }

    /// The statement lists nested directly in this one: bodies, branches, handlers.
    #[must_use]
    pub fn bodies(&self) -> Vec<&[Stmt]> {
        match &self.kind {
            StmtKind::FunctionDef(def) => vec![&def.body],
            StmtKind::ClassDef(def) => vec![&def.body],
            StmtKind::If { body, orelse, .. }
            | StmtKind::For { body, orelse, .. }
            | StmtKind::While { body, orelse, .. } => vec![body, orelse],
            StmtKind::Try { body, handlers, orelse, finalbody } => std::iter::once(&body[..])
                .chain(handlers.iter().map(|h| &h.body[..]))
                .chain([&orelse[..], &finalbody[..]])
                .collect(),
            StmtKind::With { body, .. } => vec![body],
            StmtKind::Match { cases, .. } => cases.iter().map(|c| &c.body[..]).collect(),
            _ => Vec::new(),
        }
    }

    /// Calls `visit` on every expression in this statement, those of nested statements included, parents first.
    pub fn walk_expressions<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        for expression in self.expressions() {
            expression.walk(visit);
        }
        for body in self.bodies() {
            for statement in body {
                statement.walk_expressions(visit);
            }
        }
    }

    /// Calls `visit` on this statement and all nested in it, parents first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        for body in self.bodies() {
            for statement in body {
                statement.walk(visit);
            }
        }
    }
}
