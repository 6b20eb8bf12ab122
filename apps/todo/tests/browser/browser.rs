//! A browser, and what a user does in it: things are found as a screen reader names them.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Map, Value, json};

/// How long the page may take.
const LIMIT: Duration = Duration::from_secs(20);

/// What the user has asked the system for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Light,
    Dark,
}

pub(crate) struct Browser {
    client: Client,
    /// Stops with it.
    _driver: Driver,
    _profile: tempfile::TempDir,
}

/// The program that speaks WebDriver to Chromium.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Driver {
    fn start() -> (Self, String) {
        let child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver is installed: apt-get install chromium chromium-driver");
        let mut driver = Self(child);
        let output = driver.0.stdout.take().unwrap();
        let port = BufReader::new(output).lines().find_map(|line| {
            let line = line.expect("it speaks");
            let (_, port) = line.split_once("successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        (driver, port.expect("it says on which port it listens"))
    }
}

/// A text as XPath has it.
fn literal(text: &str) -> String {
    let parts: Vec<String> = text.split('\'').map(|part| format!("'{part}'")).collect();
    format!("concat({}, '')", parts.join(", \"'\", "))
}

impl Browser {
    pub(crate) async fn open(url: &str, look: Look) -> Self {
        let (driver, port) = Driver::start();
        let profile = tempfile::tempdir().unwrap();
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--window-size=900,1000".to_owned(),
            // No name leads to a host: a page that needs another one fails.
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        if look == Look::Dark {
            arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
        }
        // It refuses to run as root with its sandbox; what it shows here is ours.
        if is_root() {
            arguments.push("--no-sandbox".to_owned());
        }
        let options = json!({ "goog:chromeOptions": { "args": arguments } });
        let Value::Object(capabilities) = options else {
            unreachable!()
        };
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(Map::from_iter(capabilities))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("Chromium starts");
        client.goto(url).await.unwrap();
        Self {
            client,
            _driver: driver,
            _profile: profile,
        }
    }

    pub(crate) async fn close(self) {
        self.client.clone().close().await.unwrap();
    }

    /// Waits for an element whose text holds this.
    pub(crate) async fn see(&self, css: &str, text: &str) {
        let begun = Instant::now();
        loop {
            let mut texts = Vec::new();
            for element in self.client.find_all(Locator::Css(css)).await.unwrap() {
                // It may be gone by now.
                texts.extend(element.prop("textContent").await.ok().flatten());
            }
            if texts.iter().any(|one| one.contains(text)) {
                return;
            }
            assert!(begun.elapsed() < LIMIT, "no `{text}` in {css}: {texts:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn wait_for_count(&self, css: &str, count: usize) {
        let begun = Instant::now();
        loop {
            let found = self.client.find_all(Locator::Css(css)).await.unwrap().len();
            if found == count {
                return;
            }
            assert!(begun.elapsed() < LIMIT, "{found} of {css}, not {count}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until an element is not shown any more.
    pub(crate) async fn hidden(&self, css: &str) {
        self.wait_for_count(&format!("{css}:not([hidden])"), 0)
            .await;
    }

    async fn by_xpath(&self, xpath: &str) -> Element {
        let wait = self.client.wait().at_most(LIMIT);
        let found = wait.for_element(Locator::XPath(xpath)).await;
        found.unwrap_or_else(|error| panic!("{xpath}: {error}"))
    }

    /// The input that a label names, the one seen last where there are several.
    async fn labelled(&self, label: &str) -> Element {
        let label = literal(label);
        let xpath = format!("//*[@id=//label[starts-with(normalize-space(), {label})]/@for]");
        self.by_xpath(&xpath).await;
        let found = self.client.find_all(Locator::XPath(&xpath)).await.unwrap();
        for element in found.into_iter().rev() {
            if element.is_displayed().await.unwrap() {
                return element;
            }
        }
        panic!("nothing with the label {label} is shown");
    }

    async fn button(&self, name: &str) -> Element {
        let name = literal(name);
        self.by_xpath(&format!(
            "//button[@aria-label={name} or (not(@aria-label) and normalize-space()={name})]"
        ))
        .await
    }

    pub(crate) async fn press(&self, name: &str) {
        self.button(name).await.click().await.unwrap();
    }

    pub(crate) async fn click_link(&self, text: &str) {
        let xpath = format!("//a[normalize-space()={}]", literal(text));
        self.by_xpath(&xpath).await.click().await.unwrap();
    }

    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let input = self.labelled(label).await;
        input.clear().await.unwrap();
        input.send_keys(text).await.unwrap();
    }

    /// A moment: what keys do in such a field depends on the language of the browser.
    pub(crate) async fn fill_moment(&self, label: &str, moment: &str) {
        let input = self.labelled(label).await;
        let arguments = vec![serde_json::to_value(&input).unwrap(), json!(moment)];
        let script = "arguments[0].value = arguments[1]";
        self.client.execute(script, arguments).await.unwrap();
    }

    pub(crate) async fn choose(&self, label: &str, option: &str) {
        let select = self.labelled(label).await;
        select.select_by_label(option).await.unwrap();
    }

    /// Types where the focus is.
    pub(crate) async fn type_and_enter(&self, text: &str) {
        let before = self.client.find_all(Locator::Css(".tasks > li")).await;
        let before = before.unwrap().len();
        self.focus_is("INPUT").await;
        let focused = self.client.active_element().await.unwrap();
        let keys = format!("{text}{}", char::from(Key::Enter));
        focused.send_keys(&keys).await.unwrap();
        self.wait_for_count(".tasks > li", before + 1).await;
    }

    async fn focus_is(&self, tag: &str) {
        let begun = Instant::now();
        loop {
            let script =
                "return document.activeElement?.tagName + ':' + document.activeElement?.value";
            let focused = self.client.execute(script, Vec::new()).await.unwrap();
            // The field that was sent is empty before it has the focus again.
            if focused == json!(format!("{tag}:")) {
                return;
            }
            assert!(begun.elapsed() < LIMIT, "the focus is on {focused}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn escape(&self, label: &str) {
        let input = self.labelled(label).await;
        let key = char::from(Key::Escape).to_string();
        input.send_keys(&key).await.unwrap();
    }

    pub(crate) async fn check(&self, name: &str) {
        let xpath = format!(
            "//input[@type='checkbox' and @aria-label={}]",
            literal(name)
        );
        self.by_xpath(&xpath).await.click().await.unwrap();
    }

    pub(crate) async fn open_details(&self) {
        let summary = self.client.find(Locator::Css(".add details summary")).await;
        summary.unwrap().click().await.unwrap();
    }

    pub(crate) async fn register(&self, email: &str, password: &str) {
        self.click_link("Make an account").await;
        self.see("form.account h2", "Make an account").await;
        self.fill("Email", email).await;
        self.fill("Password", password).await;
        self.press("Register").await;
        self.see("#who", email).await;
        self.see("main h2", "Tasks").await;
        let input = self.labelled("New task").await;
        input.click().await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// What the page has loaded from elsewhere.
    pub(crate) async fn foreign_resources(&self, own: &str) -> Vec<String> {
        let script = "return performance.getEntriesByType('resource').map((entry) => entry.name)";
        let loaded = self.client.execute(script, Vec::new()).await.unwrap();
        let loaded: Vec<String> = serde_json::from_value(loaded).unwrap();
        assert!(loaded.iter().any(|url| url.ends_with("/web/tasks.js")));
        loaded
            .into_iter()
            .filter(|url| !url.starts_with(own))
            .collect()
    }

    /// Keeps what is seen, for people.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let png = self.client.screenshot().await.unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
