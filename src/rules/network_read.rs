//! Data that comes over the network.

use super::Finding;
use super::context::Context;
use super::registry::declare_rule;
use crate::dataflow::CallEvent;

declare_rule! {
    /// Production reads something over the network.
    NETWORK_READ = {
        name: "network-read",
        code: "P102",
        summary: "Production reads over the network",
        level: Warning,
        docs: "network_read.md",
        check: Some(check),
    }
}

const HELP: &str =
    "the run depends on that server and on what it serves today: keep a copy with the data, or pin a version";

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    for statement in context.production() {
        let at = statement.facts.at;
        let urls = statement.facts.files.iter().filter(|file| !file.written);
        let mut found = false;
        for file in urls {
            if let Some(host) = file.path.as_deref().and_then(host) {
                found = true;
                let place = context.part(at, file.literal);
                findings.push(NETWORK_READ.finding(place, format!("production reads from {host}"), HELP));
            }
        }
        if let Some(call) = statement.facts.calls.iter().find(|call| !found && downloads(call)) {
            let name = call.function.as_deref().or(call.method.as_deref()).unwrap_or_default();
            let place = context.part(at, call.span);
            findings.push(NETWORK_READ.finding(place, format!("production downloads with `{name}`"), HELP));
        }
    }
}

/// The host of a URL.
fn host(path: &str) -> Option<String> {
    let (scheme, rest) = path.split_once("://")?;
    if !["http", "https", "ftp", "s3", "gs", "abfs", "hdfs"].contains(&scheme) {
        return None;
    }
    // Without user and password, which are nobody's business.
    let host = rest.split('/').next().unwrap_or(rest);
    Some(host.rsplit('@').next().unwrap_or(host).to_owned())
}

/// Functions that download, whatever their arguments.
fn downloads(call: &CallEvent) -> bool {
    if call.method.as_deref() == Some("from_pretrained") {
        return true;
    }
    let Some(name) = call.function.as_deref() else { return false };
    let exact = [
        "requests.get",
        "requests.post",
        "urllib.request.urlopen",
        "urllib.request.urlretrieve",
        "nltk.download",
        "datasets.load_dataset",
        "seaborn.load_dataset",
        "yfinance.download",
        "gdown.download",
        "wget.download",
        "kagglehub.dataset_download",
        "huggingface_hub.hf_hub_download",
        "tensorflow_datasets.load",
    ];
    exact.contains(&name)
        || name.starts_with("sklearn.datasets.fetch_")
        || (name.contains("keras.datasets.") && name.ends_with(".load_data"))
        || name.ends_with(".from_pretrained")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};
    use super::host;

    #[test]
    fn hosts_never_show_who_reads() {
        assert_eq!(host("https://ann:pw@x.org/a.csv").as_deref(), Some("x.org"));
        assert_eq!(host("data/a.csv"), None);
    }

    #[test]
    fn urls_in_production_are_found() {
        let cells: Vec<String> = churn("").iter().map(|code| code.replace("data.csv", "https://x.org/d.csv")).collect();
        let found = by_rule(&borrowed(&cells), "network-read");
        assert!(found.len() == 1 && found[0].message.contains("x.org"), "{found:?}");
    }

    #[test]
    fn files_and_exploration_are_quiet() {
        let cells = churn("pd.read_csv('https://x.org/other.csv').head()");
        assert_eq!(by_rule(&borrowed(&cells), "network-read"), []);
    }
}
