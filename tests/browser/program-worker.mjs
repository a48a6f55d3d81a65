// The worker of program.html.
import { runProgram } from './program-run.mjs';

await runProgram(new URLSearchParams(location.search), line => postMessage(line));
