// A page that traces the program `traced` and puts that onto its performance timeline, while Chromium records.

// { count, measures, now, events }: what measure() said, the page's entries and its time, and what was recorded.
export async function recordTrace(browser, base) {
  const page = await browser.newPage();
  await page.goto(`${base}/program-run.mjs`); // the origin
  await browser.startTracing(page, { categories: ['-*', 'blink.user_timing', 'devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata'] });
  const of = await page.evaluate(async () => {
    const { default: create } = await import(/** @type {any} */ ('./traced.mjs'));
    let trace;
    const module = await create({ preRun: [instance => queueMicrotask(() => { trace = instance.green.trace(); })] });
    trace ??= module.green.trace();
    await module.green.main;
    const count = trace.stop().measure();
    const measures = /** @type {PerformanceMeasure[]} */ (performance.getEntriesByType('measure')).map(({ name, detail, startTime, duration }) => ({ name, detail, startTime, duration }));
    return { count, measures, now: performance.now() };
  });
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  await page.close();
  return { ...of, events: traceEvents };
}

/** The tracks of its own that the engine of Chrome's performance panel finds in a recording. @param {any} events */
export async function tracksOf(events) {
  Reflect.set(globalThis, 'DOMRect', class {}); // which it names and does not use here
  const { Processor } = await import('@paulirish/trace_engine');
  const engine = Processor.TraceProcessor.createWithAllHandlers();
  await engine.parse(events, { isFreshRecording: true, isCPUProfile: false });
  return engine.data.ExtensionTraceData.extensionTrackData;
}
