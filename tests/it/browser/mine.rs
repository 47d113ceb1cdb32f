//! A feed of one's own, from the programme's page to its end.

use super::{Page, Visitor, pacific};

const NOW: &str = "2027-05-01T09:00:00Z";

/// What a page shows to be copied: the address of the feed, then its own.
fn addresses(page: &Page) -> [String; 2] {
    let shown =
        page.value("[...document.querySelectorAll('code:not([data-here])')].map((it) => it.textContent).slice(0, 2)");
    [0, 1].map(|at| shown[at].as_str().expect("an address").to_owned())
}

fn story(page: &Page) {
    let service = pacific(NOW);
    let feed = |address: &str| service.get(address.strip_prefix(&service.at("")).expect("ours"));
    page.open(&service.at("/pacific-2027/"));
    page.loading(|| page.find("link", "Tick the talks you want").click());
    page.loading(|| page.find("button", "Talk").click());
    assert!(!page.has("checkbox", "Posters of both workshops"), "one kind alone is shown");
    page.find("checkbox", "Fair Enough?").click();
    page.find("checkbox", "Missing on Purpose").click();
    page.loading(|| page.find("button", "Make my feed").click());
    page.is_sound();
    assert_eq!(page.violations(), "");

    page.picture(if page.runs_scripts { "chosen-phone" } else { "chosen-desk" });
    let [address, own] = addresses(page);
    assert!(page.address().starts_with(&own), "the page says where it is");
    let first = feed(&address).text();
    assert!(first.contains("UID:session-oral-lindqvist.") && first.contains("UID:session-oral-tamm."));
    assert_eq!(first.matches("BEGIN:VEVENT").count(), 2);
    let webcal = page.value("document.querySelector('[data-way=apple] a').getAttribute('href')");
    assert_eq!(webcal, address.replace("http://", "webcal://"));

    assert!(page.find("checkbox", "Fair Enough?").is_ticked());
    page.find("checkbox", "Fair Enough?").click();
    page.find("checkbox", "Posters of both workshops").click();
    page.loading(|| page.find("button", "Save").click());
    assert!(page.text().contains("Saved."));
    let second = feed(&address).text();
    assert!(!second.contains("oral-lindqvist") && second.contains("UID:session-posters."));

    page.loading(|| page.find("button", "Give me new addresses").click());
    let [rotated, page_now] = addresses(page);
    assert!(rotated != address && page_now != own);
    assert_eq!((feed(&address).status, feed(&rotated).status), (404, 200));
    assert!(page.find("checkbox", "Posters of both workshops").is_ticked());
    page.open(&own);
    assert!(page.text().contains("There is nothing at this address"));
    assert_eq!(page.violations(), "");
    page.open(&page_now);
    page.loading(|| page.find("button", "Delete this feed").click());
    assert_eq!(feed(&rotated).status, 404);
    page.is_sound();
}

#[test]
fn a_feed_is_made_changed_moved_and_deleted_with_a_phone() {
    let Some(page) = Visitor::with_a_phone().arrives() else { return };
    story(&page);
}

#[test]
fn and_without_any_script() {
    let Some(page) = Visitor::at_a_desk().without_script().arrives() else { return };
    story(&page);
}
