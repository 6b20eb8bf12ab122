//! The page as its users have it: a real browser, the service on a SQLite file, and no other host.
//!
//! Needs Chromium and its driver (Debian: `chromium chromium-driver`). Pictures of what was seen are left in
//! `target/screenshots`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod browser;
mod service;

use browser::{Browser, Look};
use service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_user_works_with_tasks_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("todo.db"), 0).await;
    let page = Browser::open(&service.url(), Look::Light).await;

    // A stranger is asked who it is, and told what is wrong, beside the field.
    page.see("form.account h2", "Log in").await;
    page.picture("login").await;
    page.click_link("Make an account").await;
    page.see("form.account h2", "Make an account").await;
    page.fill("Email", "ada@example.org").await;
    page.fill("Password", "12345678").await;
    page.press("Register").await;
    page.see("#who", "ada@example.org").await;
    page.see("main .empty", "Nothing to do yet").await;
    page.picture("empty").await;

    // What is written stays text.
    page.fill("New task", "Buy <img src=x onerror=alert(1)> groceries")
        .await;
    page.open_details().await;
    page.choose("Priority", "High").await;
    page.fill("Tags", "home, shop").await;
    page.press("Add").await;
    page.see(
        ".tasks .title",
        "Buy <img src=x onerror=alert(1)> groceries",
    )
    .await;
    page.see(".tasks .priority", "High priority").await;
    page.see(".tasks .tag", "home").await;
    // The keyboard alone does it, too: the field has the focus again.
    page.type_and_enter("Write documentation").await;
    page.type_and_enter("Call Grace").await;
    page.wait_for_count(".tasks > li", 3).await;
    page.see(".count", "3 open").await;

    page.check("Completed: Write documentation").await;
    page.see(".tasks .done .title", "Write documentation").await;
    page.see("#announcement", "Completed: Write documentation")
        .await;
    page.see(".count", "2 open").await;
    page.picture("tasks").await;
    page.click_link("Active").await;
    page.wait_for_count(".tasks > li", 2).await;
    page.click_link("Completed").await;
    page.wait_for_count(".tasks > li", 1).await;
    page.click_link("All").await;
    page.wait_for_count(".tasks > li", 3).await;

    page.press("Edit: Call Grace").await;
    page.picture("edit").await;
    page.escape("Title").await;
    page.press("Edit: Call Grace").await;
    page.fill("Title", "Call Grace about COBOL").await;
    page.fill_moment("Due", "2020-02-29T12:00").await;
    page.press("Save").await;
    page.see(".tasks .title", "Call Grace about COBOL").await;
    page.see(".tasks .late", "Overdue").await;
    page.press("Delete: Call Grace about COBOL").await;
    page.wait_for_count(".tasks > li", 2).await;

    // While the service is away the page says so, and nothing is lost.
    let port = service.port();
    service.stop().await;
    page.fill("New task", "Not saved").await;
    page.press("Add").await;
    page.see("#offline", "cannot be reached").await;
    page.see(".add .summary", "Nothing was changed").await;
    page.picture("offline").await;
    let service = Service::start(&folder.path().join("todo.db"), port).await;
    page.hidden("#offline").await;
    page.press("Add").await;
    page.wait_for_count(".tasks > li", 3).await;
    page.reload().await;
    page.wait_for_count(".tasks > li", 3).await;
    page.see(".tasks .title", "Not saved").await;

    assert_eq!(page.foreign_resources(&service.url()).await, [""; 0]);
    page.close().await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_and_their_conversations_are_apart_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("todo.db"), 0).await;
    let page = Browser::open(&service.url(), Look::Dark).await;
    page.register("ada@example.org", "a long password").await;
    page.type_and_enter("Only for Ada").await;
    page.wait_for_count(".tasks > li", 1).await;
    page.picture("dark").await;

    page.click_link("Conversations").await;
    page.see("main .empty", "No conversation yet").await;
    page.press("New conversation").await;
    page.see("main .empty", "Nothing was said yet").await;
    page.fill("Message", "What is due today?").await;
    page.press("Send").await;
    page.choose("Who says it", "Assistant").await;
    page.fill("Message", "Nothing.\nEnjoy the day.").await;
    page.press("Send").await;
    page.wait_for_count(".messages > li", 2).await;
    page.see(".messages .assistant .content", "Enjoy the day.")
        .await;
    page.picture("conversation").await;
    page.reload().await;
    page.wait_for_count(".messages > li", 2).await;
    page.press("Delete conversation").await;
    page.see("main .empty", "No conversation yet").await;

    page.press("Log out").await;
    page.see("form.account h2", "Log in").await;
    page.fill("Email", "ada@example.org").await;
    page.fill("Password", "not her password").await;
    page.press("Log in").await;
    page.see(".summary", "ncorrect").await;
    page.register("grace@example.org", "another long password")
        .await;
    page.see("main .empty", "Nothing to do yet").await;
    page.close().await;
    service.stop().await;
}
