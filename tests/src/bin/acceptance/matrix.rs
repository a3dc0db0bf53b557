//! The matrix behaviour × language and the closing line.

use std::fmt;

use super::gherkin::Feature;

/// What became of one behaviour in one language.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// Every scenario went as told.
    Passed,
    /// One did not, and why.
    Failed(String),
    /// It was not run, and why.
    Skipped(String),
}

impl Cell {
    /// The word in the matrix.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Passed => "pass",
            Self::Failed(_) => "FAIL",
            Self::Skipped(_) => "skipped",
        }
    }
}

/// Results, filled language by language in the order of the behaviours.
#[derive(Debug)]
pub(crate) struct Matrix {
    behaviours: Vec<(u32, String)>,
    languages: Vec<(String, Vec<Cell>)>,
}

impl Matrix {
    /// An empty matrix for these behaviours.
    pub(crate) fn new(features: &[Feature]) -> Self {
        let name = |feature: &Feature| (feature.number, feature.name.clone());
        Self {
            behaviours: features.iter().map(name).collect(),
            languages: Vec::new(),
        }
    }

    /// The next behaviour of `language`.
    pub(crate) fn add(&mut self, language: &str, cell: Cell) {
        match self.languages.last_mut() {
            Some((name, cells)) if name == language => cells.push(cell),
            _ => self.languages.push((language.to_owned(), vec![cell])),
        }
    }

    /// Whether something passed and nothing failed.
    pub(crate) fn passed(&self) -> bool {
        let (passed, failed, _) = self.count();
        passed > 0 && failed == 0
    }

    fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.languages.iter().flat_map(|(_, cells)| cells)
    }

    fn count(&self) -> (usize, usize, usize) {
        let of = |wanted: &str| self.cells().filter(|cell| cell.word() == wanted).count();
        (of("pass"), of("FAIL"), of("skipped"))
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .behaviours
            .iter()
            .map(|(_, name)| name.chars().count())
            .max();
        let width = width.unwrap_or(0);
        write!(f, "{:3} {:width$}", "", "behaviour")?;
        for (language, _) in &self.languages {
            write!(f, "  {language:8}")?;
        }
        writeln!(f)?;
        for (row, (number, name)) in self.behaviours.iter().enumerate() {
            write!(f, "{number:3} {name:width$}")?;
            for (_, cells) in &self.languages {
                write!(f, "  {:8}", cells.get(row).map_or("", Cell::word))?;
            }
            writeln!(f)?;
        }
        writeln!(f)?;
        for (language, cells) in &self.languages {
            let mut last = "";
            for (cell, (number, _)) in cells.iter().zip(&self.behaviours) {
                match cell {
                    Cell::Failed(reason) => writeln!(f, "{language} {number} failed: {reason}")?,
                    // One reason for the whole language is said once.
                    Cell::Skipped(reason) if last != reason => {
                        writeln!(f, "{language} skipped: {reason}")?;
                        last = reason;
                    }
                    Cell::Passed | Cell::Skipped(_) => {}
                }
            }
        }
        let (passed, failed, skipped) = self.count();
        writeln!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(cells: &[Cell]) -> Matrix {
        let behaviours = (1..=2)
            .map(|number| (number, format!("behaviour {number}")))
            .collect();
        let mut matrix = Matrix {
            behaviours,
            languages: Vec::new(),
        };
        cells.iter().for_each(|cell| matrix.add("x", cell.clone()));
        matrix
    }

    #[test]
    fn nothing_run_is_not_a_pass() {
        let skipped = Cell::Skipped("no tool".to_owned());
        assert!(!matrix(&[skipped.clone(), skipped.clone()]).passed());
        assert!(matrix(&[Cell::Passed, skipped]).passed());
        assert!(!matrix(&[Cell::Passed, Cell::Failed("why".to_owned())]).passed());
    }

    #[test]
    fn the_closing_line_counts() {
        let text = matrix(&[Cell::Passed, Cell::Failed("why".to_owned())]).to_string();
        assert!(text.contains("x 2 failed: why"), "{text}");
        assert!(text.ends_with("1 passed, 1 failed, 0 skipped\n"), "{text}");
    }
}
