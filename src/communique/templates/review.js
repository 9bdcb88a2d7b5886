// Sends each decision to the server of the review, with the revision that this tab has seen. What is
// typed into a form stays there until it is saved or discarded, whatever other tabs do meanwhile.
{
  const page = document.getElementById("review");
  const notice = document.getElementById("notice");
  const unreachable =
    "The review can't be reached: has it ended? Nothing was saved, and what you typed is still here.";
  let marked = null; // the text that was marked last, as a place in the article
  let busy = false;
  let fading = 0;

  const revision = () => page.querySelector(".desk").dataset.revision;
  const opened = () => [...page.querySelectorAll("form.statement:not([hidden])")];
  const fields = (form) => [...form.querySelectorAll("[name]")];
  const isNew = (form) => !("statement" in form.dataset);

  // Says what was done for a moment, and what went wrong until something else happens.
  function tell(text, stays = false) {
    notice.textContent = text;
    clearTimeout(fading);
    if (!stays) fading = setTimeout(() => notice.replaceChildren(), 5000);
  }

  // The article's sentences, with their places in the text of the page.
  function sentences() {
    const options = [...document.getElementById("sentences").content.querySelectorAll("option")];
    return options.map((option) => ({
      start: Number(option.dataset.start), end: Number(option.dataset.end), text: option.textContent,
    }));
  }

  // The number of characters in a part of the article, without the numbers of statements.
  function lengthOf(range) {
    const part = range.cloneContents();
    for (const ref of part.querySelectorAll(".ref")) ref.remove();
    return [...part.textContent].length; // code points, as the server counts
  }

  // The whole sentences that are marked in the article, or null.
  function markedPlace() {
    const article = page.querySelector(".text article");
    const selection = getSelection();
    if (selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0).cloneRange();
    if (!range.intersectsNode(article)) return null;
    const whole = document.createRange();
    whole.selectNodeContents(article);
    if (range.compareBoundaryPoints(Range.START_TO_START, whole) < 0) range.setStart(article, 0);
    if (range.compareBoundaryPoints(Range.END_TO_END, whole) > 0) range.setEnd(whole.endContainer, whole.endOffset);
    whole.setEnd(range.startContainer, range.startOffset);
    const start = lengthOf(whole);
    const end = start + lengthOf(range);
    const touched = sentences().filter((each) => each.start < end && start < each.end);
    if (!touched.length) return null;
    return { start: touched[0].start, end: touched.at(-1).end, text: touched.map((each) => each.text).join(" ") };
  }

  const spansOf = (form) => [...form.querySelectorAll(".spans li")].map((item) => ({
    start: Number(item.dataset.start), end: Number(item.dataset.end),
    text: item.querySelector(".words").textContent,
  }));
  const places = (form) => JSON.stringify(spansOf(form).map((span) => [span.start, span.end]));

  function setSpans(form, spans) {
    form.querySelector(".spans").replaceChildren(...spans.map((span) => {
      const item = document.createElement("li");
      Object.assign(item.dataset, { start: span.start, end: span.end });
      const words = Object.assign(document.createElement("span"), { className: "words", dir: "auto", textContent: span.text });
      item.append(words, Object.assign(document.createElement("button"), { type: "button", className: "drop", textContent: "Remove" }));
      return item;
    }));
  }

  function addSpan(form, span) {
    const others = spansOf(form).filter((each) => each.end <= span.start || span.end <= each.start);
    setSpans(form, [...others, span].sort((a, b) => a.start - b.start));
  }

  const initial = (field) =>
    field.matches("select") ? (field.querySelector("[selected]") ?? field.options[0]).value : field.defaultValue;
  const changedFields = (form) => fields(form).filter((field) => field.value !== initial(field));
  const isChanged = (form) => changedFields(form).length > 0 || places(form) !== form.dataset.places;

  function opener(form) {
    return isNew(form)
      ? page.querySelector(`.start[data-kind=${form.dataset.kind}]`)
      : form.closest(".card").querySelector(".edit");
  }

  function open(form, focus = true) {
    if (!form.hidden) return;
    form.hidden = false;
    form.dataset.revision = revision();
    form.dataset.places = places(form);
    opener(form).setAttribute("aria-expanded", "true");
    const choose = form.querySelector(".choose");
    if (choose.options.length === 1) choose.append(document.getElementById("sentences").content.cloneNode(true));
    form.querySelector(".take").disabled = !marked;
    if (!focus) return;
    fields(form)[0].focus();
    const evidence = isNew(form) ? null : elementAt(form.closest(".card").querySelector(".number").hash);
    const isWide = getComputedStyle(page.querySelector(".columns")).display === "grid";
    if (isWide) evidence?.nextElementSibling?.scrollIntoView({ block: "center" });
  }

  function close(form) {
    const before = JSON.parse(form.dataset.places);
    setSpans(form, spansFrom(before));
    form.reset();
    fault(form, "");
    form.hidden = true;
    const button = opener(form);
    button.setAttribute("aria-expanded", "false");
    button.focus();
  }

  // Spans as they are shown, from their places alone.
  function spansFrom(found) {
    const all = sentences();
    return found.map(([start, end]) => ({
      start, end,
      text: all.filter((each) => each.start < end && start < each.end).map((each) => each.text).join(" "),
    }));
  }

  function fault(form, text) {
    const place = form.querySelector(".fault");
    place.textContent = text;
    place.hidden = !text;
  }

  // What is typed into a form, to be typed into the same form of the newest state.
  const keep = (form) => ({
    statement: form.dataset.statement, kind: form.dataset.kind, revision: form.dataset.revision,
    isNew: isNew(form),
    all: fields(form).map((field) => [field.name, field.value]),
    changed: changedFields(form).map((field) => [field.name, field.value]),
    spans: places(form) === form.dataset.places ? null : spansOf(form),
    allSpans: spansOf(form),
    fault: form.querySelector(".fault").textContent,
  });

  function restore(kept) {
    const forms = [...page.querySelectorAll("form.statement")];
    const same = forms.find((form) => !kept.isNew && form.dataset.statement === kept.statement);
    const form = same ?? forms.find((each) => isNew(each) && each.dataset.kind === kept.kind);
    open(form, false);
    for (const [name, value] of same ? kept.changed : kept.all) {
      form.querySelector(`[name=${name}]`).value = value;
    }
    const spans = same ? kept.spans : kept.allSpans;
    if (spans) setSpans(form, spans);
    if (same) form.dataset.revision = kept.revision;
    fault(form, kept.fault);
    if (!same && !kept.isNew) {
      fault(form, "This statement is not there any more. What you typed is here as a new one: add or discard it.");
    }
    return form;
  }

  function filters() {
    const controls = [...page.querySelectorAll(".tools [name]")];
    return controls.map((each) => [each.name, each.value, each.checked, each.selectedOptions?.[0].text]);
  }

  function restoreFilters(kept) {
    for (const [name, value, checked, text] of kept) {
      const found = [...page.querySelectorAll(`.tools [name=${name}]`)];
      const control = found.find((each) => each.type !== "checkbox" || each.value === value);
      if (!control) continue;
      if (control.type === "checkbox") control.checked = checked;
      else if (control.options) control.selectedIndex = Math.max(0, [...control.options].findIndex((each) => each.text === text));
      else control.value = value;
    }
    page.querySelector(".tools")?.dispatchEvent(new Event("input"));
  }

  // Shows the newest state. Open forms, filters and places stay as they are.
  function show(html, done = null) {
    const kept = opened().filter((form) => form !== done).map(keep);
    const gist = page.querySelector("form.gist textarea");
    const typed = done !== gist.form && gist.value !== gist.defaultValue ? gist.value : null;
    const seen = gist.form.dataset.revision ?? revision();
    const gistFault = gist.form.querySelector(".fault").textContent;
    const isOpen = page.querySelector(".gist-form").open;
    const chosen = filters();
    const at = document.activeElement.closest(".card")?.id;
    const list = page.querySelector(".scroll")?.scrollTop;
    page.innerHTML = html;
    for (const reader of page.querySelectorAll(".reader")) tie(reader);
    restoreFilters(chosen);
    kept.forEach(restore);
    page.querySelector(".gist-form").open = isOpen;
    if (typed !== null) {
      const form = page.querySelector("form.gist");
      form.querySelector("textarea").value = typed;
      form.dataset.revision = seen;
      fault(form, gistFault);
    }
    if (list !== undefined && page.querySelector(".scroll")) page.querySelector(".scroll").scrollTop = list;
    if (at) document.getElementById(at)?.querySelector(".number").focus({ preventScroll: true });
  }

  async function ask(path, options) {
    try {
      const response = await fetch(location.pathname + path, options);
      return { ok: response.ok, ...(await response.json()) };
    } catch {
      return { ok: false, error: unreachable };
    }
  }

  // Sends a change; a form that is refused keeps what is typed into it.
  async function send(change, form = null) {
    if (busy) return;
    busy = true;
    const body = JSON.stringify({ revision: Number(form?.dataset.revision ?? revision()), ...change });
    const answer = await ask("/change", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    busy = false;
    tell(answer.ok ? answer.told : form ? "" : answer.error, !answer.ok || answer.told !== "Saved.");
    if (answer.ok) return show(answer.html, form);
    if (form) fault(form, answer.error);
    if (!answer.html) return;
    // Another tab was faster: whoever reads the message sees the newest state, and may save.
    if (form) form.dataset.revision = answer.revision;
    show(answer.html);
  }

  function save(form) {
    if (form.matches(".gist")) return send({ action: "gist", gist: form.querySelector("textarea").value }, form);
    const wanted = isNew(form) ? fields(form) : changedFields(form);
    const values = Object.fromEntries(wanted.map((field) => [field.name, valueOf(field)]));
    const change = { fields: values, spans: JSON.parse(places(form)) };
    const subject = isNew(form) ? { action: "add", kind: form.dataset.kind } : { action: "edit", statement: form.dataset.statement };
    send({ ...subject, ...change }, form);
  }

  function valueOf(field) {
    if (field.matches("select")) return field.value;
    const text = field.value.trim();
    if (field.dataset.form === "names") return text.split("\n").map((each) => each.trim()).filter(Boolean);
    return text === "" && "empty" in field.dataset ? null : text;
  }

  page.addEventListener("submit", (event) => {
    event.preventDefault();
    save(event.target);
  });

  page.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const form = button.closest("form");
    if (button.dataset.do) {
      const { do: action, statement } = button.dataset;
      send(statement === undefined ? { action } : { action, statement });
    } else if (button.matches(".edit")) toggle(button.closest(".card").querySelector("form"));
    else if (button.matches(".start")) {
      toggle([...page.querySelectorAll(".new form")].find((each) => each.dataset.kind === button.dataset.kind));
    } else if (button.matches(".cancel")) close(form);
    else if (button.matches(".drop")) button.closest("li").remove();
    else if (button.matches(".take")) addSpan(form, marked);
  });

  function toggle(form) {
    if (form.hidden) open(form);
    else if (!isChanged(form)) close(form);
  }

  page.addEventListener("change", (event) => {
    if (!event.target.matches(".choose") || !event.target.value) return;
    const { start, end } = event.target.selectedOptions[0].dataset;
    addSpan(event.target.form, spansFrom([[Number(start), Number(end)]])[0]);
    event.target.value = "";
  });

  document.addEventListener("selectionchange", () => {
    if (!opened().length) return;
    const place = markedPlace();
    if (!place) return; // a click on the button may end the marking
    marked = place;
    for (const form of opened()) form.querySelector(".take").disabled = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    if (page.querySelector(".tools [name=keys]")?.checked === false) return;
    const card = document.activeElement.closest(".card") ?? page.querySelector(".card.lit");
    const buttons = { a: "[data-do=accept]", e: ".edit", x: "[data-do=reject]" };
    const button = event.key === "u" ? page.querySelector("[data-do=undo]")
      : Object.hasOwn(buttons, event.key) ? card?.querySelector(buttons[event.key]) : null;
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  // Whoever comes back to this tab sees what others have changed.
  async function refresh() {
    if (document.hidden || busy) return;
    const answer = await ask("/state");
    if (!answer.ok || String(answer.revision) === revision()) return;
    show(answer.html);
    tell("Another tab has changed this article; here is the newest state.", true);
  }
  document.addEventListener("visibilitychange", refresh);
  addEventListener("focus", refresh);

  addEventListener("beforeunload", (event) => {
    const gist = page.querySelector("form.gist textarea");
    if (opened().some(isChanged) || gist.value !== gist.defaultValue) event.preventDefault();
  });
}
