// Pages, by the words of Playwright that the tests use, upon what a driver of a browser can do. A driver of a page has
// goto(url), reload(), url(), evaluate(source of a function, argument), click(source of a function that gives an element),
// keys(list of [down or up, key]) and close().
import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { act, find } from './elements.mjs';

/** Long enough for a machine on which all is slow. */
export const patience = 240_000;

const plainText = wanted => (wanted instanceof RegExp ? { source: wanted.source, flags: wanted.flags } : wanted);

class Locator {
  constructor(page, query) {
    this.page = page;
    this.query = Object.fromEntries(Object.entries(query).map(([key, value]) => [key, plainText(value)]));
    this.finding = `(${find})(${JSON.stringify(this.query)})`;
  }
  count() {
    return this.page.evaluate(`() => ${this.finding}.length`);
  }
  allInnerTexts() {
    return this.page.evaluate(`() => ${this.finding}.map(element => element.innerText)`);
  }
  async waitFor({ timeout, state } = /** @type {any} */ ({})) {
    const wanted = state === 'detached' ? 'length === 0' : 'length > 0';
    await this.page.waitForFunction(`() => ${this.finding}.${wanted}`, null, { timeout, what: JSON.stringify(this.query) });
  }
  async #act(...what) {
    await this.waitFor();
    return this.page.evaluate(`what => (${act})(${this.finding}[0], what)`, what);
  }
  textContent() { return this.#act('textContent'); }
  innerText() { return this.#act('innerText'); }
  getAttribute(name) { return this.#act('getAttribute', name); }
  isDisabled() { return this.#act('isDisabled'); }
  async isEnabled() { return !await this.isDisabled(); }
  focus() { return this.#act('focus'); }
  fill(text) { return this.#act('fill', text); }
  async click() {
    await this.waitFor();
    await this.page.waitForFunction(`() => !${this.finding}[0]?.disabled`, null, { what: `${JSON.stringify(this.query)} to be enabled` });
    await this.page.driver.click(`() => ${this.finding}[0]`);
  }
}

export class Page extends EventEmitter {
  constructor(driver, context) {
    super();
    this.driver = driver;
    this.keyboard = {
      press: async combination => {
        const keys = combination.split('+');
        await driver.keys([...keys.map(key => ['down', key]), ...keys.reverse().map(key => ['up', key])]);
      },
      type: text => driver.keys([...text].flatMap(key => [['down', key], ['up', key]])),
    };
    this.context = () => context;
    this.waits = patience;
  }
  setDefaultTimeout(milliseconds) { this.waits = milliseconds; }
  goto(url) { return this.driver.goto(url); }
  reload() { return this.driver.reload(); }
  url() { return this.driver.url(); }
  close() { return this.driver.close(); }
  /** A function with one argument, its source, or the text of a script. */
  evaluate(what, argument) {
    const isFunction = typeof what == 'function' || /^\w* ?=>|^\(\) =>/.test(what);
    return this.driver.evaluate(isFunction ? `${what}` : `() => {${what}\n}`, argument);
  }
  /** Asks until it is so; a page that is left meanwhile is asked again. */
  async waitForFunction(what, argument = null, { timeout, what: named = `${what}` } = /** @type {any} */ ({})) {
    const end = Date.now() + (timeout ?? this.waits);
    for (let failure; ;) {
      const so = await this.evaluate(what, argument).catch(error => { failure = error; });
      if (so) return;
      if (Date.now() > end) throw new Error(`waited in vain for ${named} ${failure ?? ''}`);
      await pause(20);
    }
  }
  locator(css) { return new Locator(this, { css }); }
  getByRole(role, { name, exact } = /** @type {any} */ ({})) { return new Locator(this, { role, name, exact }); }
  getByText(text, { exact } = /** @type {any} */ ({})) { return new Locator(this, { text, exact }); }
  getByLabel(label, { exact } = /** @type {any} */ ({})) { return new Locator(this, { label, exact }); }
  /** Neither driver can: browsers.mjs says what the colours are, and a server that is closed is as good as no network. */
  async emulateMedia() {}
}
