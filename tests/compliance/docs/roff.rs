//! Markdown as a manual page: the part of it that the documents use, in the macros of man(7).

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// One document as sections of a manual page.
///
/// `top` is the level of the headings that begin a section; what stands above the first of them is left out. `elsewhere`
/// says what to write behind a link, if anything. A row of a table becomes a paragraph: its first cell in bold, and below it
/// the others, the last one as a sentence of its own. What a manual page cannot show, such as an image, panics.
pub fn sections(markdown: &str, top: HeadingLevel, elsewhere: &dyn Fn(&str) -> Option<String>) -> String {
    let mut page = Page::new(top, elsewhere);
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        page.take(event);
    }
    page.out
}

/// A text as it stands in the input of troff. A `-` is a minus sign everywhere: it can be searched for, and copied.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\(rs"),
            '\'' => out.push_str("\\(aq"),
            '`' => out.push_str("\\(ga"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            '"' => out.push_str("\\(dq"),
            '-' => out.push_str("\\-"),
            c if c.is_ascii() => out.push(c),
            c => out.push_str(&format!("\\[u{:04X}]", u32::from(c))),
        }
    }
    out
}

struct Page<'t> {
    top: HeadingLevel,
    elsewhere: &'t dyn Fn(&str) -> Option<String>,
    out: String,
    /// The paragraph, heading or cell that is being read.
    text: String,
    /// Whether the first section has begun.
    begun: bool,
    /// The fonts that are on, the innermost last.
    fonts: Vec<char>,
    /// The cells of the table's first row, and of the current one.
    head: Vec<String>,
    cells: Vec<String>,
    /// What the open links lead to.
    links: Vec<String>,
    /// Whether a heading, or the mark of an item, stands right before: then no macro parts it from the paragraph.
    fresh: bool,
    /// Whether the text is code, or a heading in capitals.
    code: bool,
    capitals: bool,
}

impl<'t> Page<'t> {
    fn new(top: HeadingLevel, elsewhere: &'t dyn Fn(&str) -> Option<String>) -> Page<'t> {
        let (out, text) = (String::new(), String::new());
        let (fonts, head, cells, links) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (begun, fresh, code, capitals) = (false, false, false, false);
        Page { top, elsewhere, out, text, begun, fonts, head, cells, links, fresh, code, capitals }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(text) if self.code => self.text.push_str(&text),
            Event::Text(text) if self.capitals => self.text.push_str(&escaped(&text.to_uppercase())),
            Event::Text(text) => self.text.push_str(&escaped(&text)),
            Event::Code(code) => {
                self.font('B');
                self.text.push_str(&escaped(&code));
                self.back();
            }
            Event::SoftBreak => self.text.push('\n'),
            other => panic!("a manual page cannot show {other:?}"),
        }
    }

    fn start(&mut self, tag: Tag) {
        match tag {
            Tag::Heading { level, .. } => {
                self.text.clear();
                self.capitals = level == self.top;
            }
            Tag::Paragraph | Tag::TableCell => self.text.clear(),
            Tag::CodeBlock(_) => {
                self.flush();
                self.text.clear();
                self.code = true;
            }
            Tag::Strong => self.font('B'),
            Tag::Emphasis => self.font('I'),
            Tag::Link { dest_url, .. } => self.links.push(dest_url.into_string()),
            Tag::List(None) => {}
            Tag::Item => {
                self.text.clear();
                self.line(".IP \\(bu 2");
                self.fresh = true;
            }
            Tag::Table(_) => {}
            Tag::TableHead | Tag::TableRow => {}
            other => panic!("a manual page cannot show {other:?}"),
        }
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::Paragraph | TagEnd::Item => self.flush(),
            TagEnd::CodeBlock => {
                self.code = false;
                let code = std::mem::take(&mut self.text);
                self.fresh = false;
                self.line(".PP\n.RS 4\n.nf");
                code.lines().for_each(|line| self.line(&guarded(&escaped(line))));
                self.line(".fi\n.RE");
            }
            TagEnd::Strong | TagEnd::Emphasis => self.back(),
            TagEnd::Link => {
                let target = self.links.pop().unwrap_or_default();
                if let Some(place) = (self.elsewhere)(&target) {
                    self.text.push_str(&format!(" ({})", escaped(&place)));
                }
            }
            TagEnd::TableCell => self.cells.push(std::mem::take(&mut self.text)),
            TagEnd::TableHead => self.head = std::mem::take(&mut self.cells),
            TagEnd::TableRow => self.row(),
            TagEnd::List(_) | TagEnd::Table => {}
            other => panic!("a manual page cannot show {other:?}"),
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        let text = std::mem::take(&mut self.text);
        self.capitals = false;
        if level >= self.top {
            self.begun = true;
            self.fresh = true;
            let name = if level == self.top { "SH" } else { "SS" };
            self.line(&format!(".{name} \"{text}\""));
        }
    }

    /// Ends a paragraph.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() {
            return;
        }
        if !self.fresh {
            self.line(".PP");
        }
        self.fresh = false;
        text.lines().for_each(|line| self.line(&guarded(line)));
    }

    fn row(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        let Some((name, others)) = cells.split_first() else { return };
        // In bold from end to end, whatever is bold in it.
        let name = name.replace("\\fB", "").replace("\\fR", "");
        self.text = format!("\\fB{name}\\fR");
        self.flush();
        self.line(".RS 4");
        let (last, middle) = others.split_last().map_or(("", others), |(last, middle)| (last.as_str(), middle));
        let labels = self.head.iter().skip(1);
        let facts: Vec<String> = labels
            .zip(middle)
            .filter(|(_, fact)| !fact.is_empty())
            .map(|(label, fact)| format!("{label}: {fact}"))
            .collect();
        if !facts.is_empty() {
            self.line(&guarded(&facts.join("; ")));
            self.line(".br");
        }
        self.line(&guarded(last));
        self.line(".RE");
    }

    fn font(&mut self, font: char) {
        self.fonts.push(font);
        self.text.push_str(&format!("\\f{font}"));
    }

    /// Back to the font before.
    fn back(&mut self) {
        self.fonts.pop();
        let font = self.fonts.last().unwrap_or(&'R');
        self.text.push_str(&format!("\\f{font}"));
    }

    fn line(&mut self, line: &str) {
        if self.begun {
            self.out.push_str(line);
            self.out.push('\n');
        }
    }
}

/// A line of text that troff does not take for a request.
fn guarded(line: &str) -> String {
    if line.starts_with(['.', '\'']) {
        format!("\\&{line}")
    } else {
        line.to_owned()
    }
}
