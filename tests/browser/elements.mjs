// What runs in a page for pages.mjs: elements by the words of Playwright's locators, and what is read of them.

/* Each function here goes to the page as its source, so that it refers to nothing outside of itself. */

/** The elements that `query` means: { css }, { role, name }, { text } or { label }, each with `exact`. */
export function find({ css, role, text, label, name, exact }) {
  const plain = string => (string ?? '').replace(/\s+/g, ' ').trim();
  const matches = (string, wanted) => {
    const got = plain(string);
    if (wanted.source !== undefined) return new RegExp(wanted.source, wanted.flags).test(got);
    return exact ? got === wanted : got.toLowerCase().includes(wanted.toLowerCase());
  };
  const shown = element => element.checkVisibility?.() ?? element.getClientRects().length > 0;
  const every = selector => [...document.querySelectorAll(selector)];
  if (css !== undefined) return every(css);
  if (role !== undefined) {
    const selector = { heading: 'h1, h2, h3, h4, h5, h6', button: 'button', link: 'a[href]', cell: 'td', row: 'tr', table: 'table', status: '[role=status], output' }[role] ?? `[role=${role}]`;
    return every(selector).filter(element => shown(element) && (name === undefined || matches(element.getAttribute('aria-label') ?? element.textContent, name)));
  }
  if (label !== undefined) return every('input, textarea, select, button').filter(element => [...element.labels].some(one => matches(one.textContent, label)));
  const found = every('body *').filter(element => !['SCRIPT', 'STYLE'].includes(element.tagName) && shown(element) && matches(element.textContent, text));
  return found.filter(element => !found.some(other => other !== element && element.contains(other)));
}

/** Does or reads something of one element. */
export function act(element, [what, value]) {
  const does = {
    textContent: () => element.textContent,
    innerText: () => element.innerText,
    getAttribute: () => element.getAttribute(value),
    isDisabled: () => element.disabled === true,
    focus: () => element.focus(),
    fill() {
      element.focus();
      element.value = value;
      for (const name of ['input', 'change']) element.dispatchEvent(new Event(name, { bubbles: true }));
    },
  };
  return does[what]();
}
