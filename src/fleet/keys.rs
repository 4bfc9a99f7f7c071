//! The API key of an organisation: from a variable or a file that is named after it, never from the store.

use std::path::PathBuf;

/// What comes before the organisation in the name of a variable.
const VARIABLE: &str = "CLOSE_API_KEY_";

/// Where a worker finds the API key of an organisation.
#[derive(Clone)]
pub(crate) struct Keys {
    /// A folder with a file for each organisation; `None` if the keys are in variables only.
    pub(crate) folder: Option<PathBuf>,
    /// Reads one environment variable.
    pub(crate) variable: fn(&str) -> Option<String>,
}

/// Where the key of one organisation is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// In this file.
    File(PathBuf),
    /// In this variable.
    Variable(String),
}

impl Keys {
    /// Finds the key of an organisation; the file before the variable.
    ///
    /// # Errors
    ///
    /// There is none; the message names both places.
    pub(super) fn find(&self, organization_id: &str) -> Result<Found, String> {
        // It comes from chatferry.toml, and becomes the name of a file.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if organization_id.is_empty() || !organization_id.chars().all(is_plain) {
            return Err(
                "organization_id in chatferry.toml has other characters than letters, digits and _"
                    .to_owned(),
            );
        }
        let file = self
            .folder
            .as_ref()
            .map(|folder| folder.join(organization_id));
        if let Some(file) = file.filter(|file| file.is_file()) {
            return Ok(Found::File(file));
        }
        let name = format!("{VARIABLE}{organization_id}");
        match (self.variable)(&name).filter(|key| !key.trim().is_empty()) {
            Some(_) => Ok(Found::Variable(name)),
            None => Err(format!(
                "this worker has no API key of {organization_id}: set {name}, or put it into the file {organization_id} in the folder of --keys"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_comes_before_the_variable() {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = Keys {
            folder: Some(folder.path().to_owned()),
            variable: |name| (name == "CLOSE_API_KEY_orga_1").then(|| "api_x".to_owned()),
        };
        let variable = Found::Variable("CLOSE_API_KEY_orga_1".to_owned());
        assert_eq!(keys.find("orga_1"), Ok(variable));
        std::fs::write(folder.path().join("orga_1"), "api_y").expect("written");
        let file = Found::File(folder.path().join("orga_1"));
        assert_eq!(keys.find("orga_1"), Ok(file));
        assert!(keys.find("orga_2").is_err());
        assert!(keys.find("../orga_1").is_err());
        assert!(keys.find("").is_err());
    }
}
