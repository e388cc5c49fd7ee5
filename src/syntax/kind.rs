//! The grammar's node kinds and fields as enums. The only place that compares kind names, so that a new version of the
//! grammar can't silently change what the rest of the module sees.

use std::sync::LazyLock;

use tree_sitter::Language;

/// Declares [`Kind`]: named kinds first, then the tokens that matter.
macro_rules! kinds {
    (named { $($named:ident = $named_text:literal,)* } tokens { $($token:ident = $token_text:literal,)* }) => {
        /// A kind of node.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Kind {
            $($named,)*
            $($token,)*
        }

        impl Kind {
            /// All kinds, with whether the grammar calls them named.
            const ALL: &'static [(Self, bool)] = &[$((Self::$named, true),)* $((Self::$token, false),)*];

            /// The grammar's name.
            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Self::$named => $named_text,)*
                    $(Self::$token => $token_text,)*
                }
            }
        }
    };
}

/// Declares [`Field`].
macro_rules! fields {
    ($($field:ident = $text:literal,)*) => {
        /// A field of a node.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Field {
            $($field,)*
        }

        impl Field {
            /// All fields.
            pub(super) const ALL: &'static [Self] = &[$(Self::$field,)*];

            /// The grammar's name.
            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Self::$field => $text,)*
                }
            }
        }
    };
}

kinds! {
    named {
        AliasedImport = "aliased_import",
        ArgumentList = "argument_list",
        AsPattern = "as_pattern",
        AssertStatement = "assert_statement",
        Assignment = "assignment",
        Attribute = "attribute",
        AugmentedAssignment = "augmented_assignment",
        Await = "await",
        BinaryOperator = "binary_operator",
        Block = "block",
        BooleanOperator = "boolean_operator",
        BreakStatement = "break_statement",
        Call = "call",
        CaseClause = "case_clause",
        CasePattern = "case_pattern",
        Chevron = "chevron",
        ClassDefinition = "class_definition",
        ClassPattern = "class_pattern",
        Comment = "comment",
        ComparisonOperator = "comparison_operator",
        ComplexPattern = "complex_pattern",
        ConcatenatedString = "concatenated_string",
        ConditionalExpression = "conditional_expression",
        ConstrainedType = "constrained_type",
        ContinueStatement = "continue_statement",
        DecoratedDefinition = "decorated_definition",
        Decorator = "decorator",
        DefaultParameter = "default_parameter",
        DeleteStatement = "delete_statement",
        DictPattern = "dict_pattern",
        Dictionary = "dictionary",
        DictionaryComprehension = "dictionary_comprehension",
        DictionarySplat = "dictionary_splat",
        DictionarySplatPattern = "dictionary_splat_pattern",
        DottedName = "dotted_name",
        ElifClause = "elif_clause",
        Ellipsis = "ellipsis",
        ElseClause = "else_clause",
        ExceptClause = "except_clause",
        ExecStatement = "exec_statement",
        ExpressionList = "expression_list",
        ExpressionStatement = "expression_statement",
        False = "false",
        FinallyClause = "finally_clause",
        Float = "float",
        ForInClause = "for_in_clause",
        ForStatement = "for_statement",
        FormatExpression = "format_expression",
        FormatSpecifier = "format_specifier",
        FunctionDefinition = "function_definition",
        FutureImportStatement = "future_import_statement",
        GeneratorExpression = "generator_expression",
        GenericType = "generic_type",
        GlobalStatement = "global_statement",
        Identifier = "identifier",
        IfClause = "if_clause",
        IfStatement = "if_statement",
        ImportFromStatement = "import_from_statement",
        ImportPrefix = "import_prefix",
        ImportStatement = "import_statement",
        Integer = "integer",
        Interpolation = "interpolation",
        KeywordArgument = "keyword_argument",
        KeywordPattern = "keyword_pattern",
        KeywordSeparator = "keyword_separator",
        Lambda = "lambda",
        LambdaParameters = "lambda_parameters",
        LineContinuation = "line_continuation",
        List = "list",
        ListComprehension = "list_comprehension",
        ListPattern = "list_pattern",
        ListSplat = "list_splat",
        ListSplatPattern = "list_splat_pattern",
        MatchStatement = "match_statement",
        MemberType = "member_type",
        Module = "module",
        NamedExpression = "named_expression",
        None = "none",
        NonlocalStatement = "nonlocal_statement",
        NotOperator = "not_operator",
        Pair = "pair",
        Parameters = "parameters",
        ParenthesizedExpression = "parenthesized_expression",
        PassStatement = "pass_statement",
        PatternList = "pattern_list",
        PositionalSeparator = "positional_separator",
        PrintStatement = "print_statement",
        RaiseStatement = "raise_statement",
        RelativeImport = "relative_import",
        ReturnStatement = "return_statement",
        Set = "set",
        SetComprehension = "set_comprehension",
        Slice = "slice",
        SplatPattern = "splat_pattern",
        SplatType = "splat_type",
        String = "string",
        Subscript = "subscript",
        True = "true",
        TryStatement = "try_statement",
        Tuple = "tuple",
        TuplePattern = "tuple_pattern",
        Type = "type",
        TypeAliasStatement = "type_alias_statement",
        TypeConversion = "type_conversion",
        TypeParameter = "type_parameter",
        TypedDefaultParameter = "typed_default_parameter",
        TypedParameter = "typed_parameter",
        UnaryOperator = "unary_operator",
        UnionPattern = "union_pattern",
        UnionType = "union_type",
        WhileStatement = "while_statement",
        WildcardImport = "wildcard_import",
        WithClause = "with_clause",
        WithItem = "with_item",
        WithStatement = "with_statement",
        Yield = "yield",
    }
    tokens {
        Comma = ",",
        Colon = ":",
        Semicolon = ";",
        Equal = "=",
        Minus = "-",
        Star = "*",
        DoubleStar = "**",
        LeftParenthesis = "(",
        RightParenthesis = ")",
        LeftBracket = "[",
        RightBracket = "]",
        LeftBrace = "{",
        RightBrace = "}",
        Underscore = "_",
        Async = "async",
        From = "from",
        Less = "<",
        LessEqual = "<=",
        EqualEqual = "==",
        NotEqual = "!=",
        GreaterEqual = ">=",
        Greater = ">",
        LessGreater = "<>",
        In = "in",
        NotIn = "not in",
        Is = "is",
        IsNot = "is not",
    }
}

fields! {
    Alias = "alias",
    Alternative = "alternative",
    Argument = "argument",
    Arguments = "arguments",
    Attribute = "attribute",
    Body = "body",
    Cause = "cause",
    Condition = "condition",
    Consequence = "consequence",
    Definition = "definition",
    Expression = "expression",
    FormatSpecifier = "format_specifier",
    Function = "function",
    Guard = "guard",
    Key = "key",
    Left = "left",
    ModuleName = "module_name",
    Name = "name",
    Object = "object",
    Operator = "operator",
    Operators = "operators",
    Parameters = "parameters",
    ReturnType = "return_type",
    Right = "right",
    Subject = "subject",
    Subscript = "subscript",
    Superclasses = "superclasses",
    Type = "type",
    TypeConversion = "type_conversion",
    TypeParameters = "type_parameters",
    Value = "value",
}

/// The grammar.
static LANGUAGE: LazyLock<Language> = LazyLock::new(|| tree_sitter_python::LANGUAGE.into());

/// From the grammar's kind number to the kind. Several numbers may share a name (aliases), hence the way round.
static KINDS: LazyLock<Vec<Option<Kind>>> = LazyLock::new(|| {
    (0..LANGUAGE.node_kind_count())
        .map(|id| {
            let id = u16::try_from(id).ok()?;
            let named = LANGUAGE.node_kind_is_named(id);
            let name = LANGUAGE.node_kind_for_id(id)?;
            Kind::ALL.iter().find(|(kind, is_named)| kind.name() == name && *is_named == named).map(|(kind, _)| *kind)
        })
        .collect()
});

/// Whether the grammar calls the kind of a number named.
static NAMED: LazyLock<Vec<bool>> = LazyLock::new(|| {
    (0..LANGUAGE.node_kind_count())
        .map(|id| u16::try_from(id).is_ok_and(|id| LANGUAGE.node_kind_is_named(id)))
        .collect()
});

/// From the grammar's number of a field to the field.
static FIELDS: LazyLock<Vec<Option<Field>>> = LazyLock::new(|| {
    let names = (0..=LANGUAGE.field_count()).map(|id| LANGUAGE.field_name_for_id(u16::try_from(id).ok()?));
    names.map(|name| Field::ALL.iter().find(|field| Some(field.name()) == name).copied()).collect()
});

/// The grammar, for the parser.
pub(super) fn language() -> &'static Language {
    &LANGUAGE
}

/// The kind with the grammar's number; `None` for tokens without meaning of their own and for errors.
pub(super) fn kind_of(number: u16) -> Option<Kind> {
    KINDS.get(usize::from(number)).copied().flatten()
}

/// Whether the kind with the grammar's number is a named one, as that of errors is.
pub(super) fn is_named(number: u16) -> bool {
    NAMED.get(usize::from(number)).copied().unwrap_or(true)
}

/// The field with the grammar's number; `None` for fields that nothing asks for.
pub(super) fn field_of(number: u16) -> Option<Field> {
    FIELDS.get(usize::from(number)).copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Named kinds that nothing asks for: parts of strings (read as text), parts of rules that are refused.
    const IGNORED: &[&str] = &[
        "escape_interpolation",
        "escape_sequence",
        "parenthesized_list_splat",
        "string_content",
        "string_end",
        "string_start",
    ];

    #[test]
    fn every_kind_exists_in_the_grammar() {
        for (kind, named) in Kind::ALL {
            assert_ne!(LANGUAGE.id_for_node_kind(kind.name(), *named), 0, "{kind:?}");
        }
    }

    #[test]
    fn every_field_exists_in_the_grammar() {
        for field in Field::ALL {
            assert!(LANGUAGE.field_id_for_name(field.name()).is_some(), "{field:?}");
        }
    }

    #[test]
    fn every_named_kind_of_the_grammar_is_known() {
        let kinds: serde_json::Value =
            serde_json::from_str(tree_sitter_python::NODE_TYPES).expect("the grammar ships JSON");
        for entry in kinds.as_array().expect("a list of kinds") {
            if entry["named"] == true && entry.get("subtypes").is_none() {
                let name = entry["type"].as_str().expect("a name");
                let known = Kind::ALL.iter().any(|(kind, named)| *named && kind.name() == name);
                assert!(known != IGNORED.contains(&name), "{name}");
            }
        }
    }
}
