// Runs the programs of the page: each is a module of its own, which is fetched when it is first run.
function print(output, line) {
  output.append(`${line}\n`);
}

async function run(button, output) {
  output.textContent = '';
  output.hidden = false;
  button.disabled = true;
  try {
    const { default: create } = await import(`./${button.dataset.program}.mjs`);
    const show = line => print(output, line);
    const { green } = await create({ print: show, printErr: show });
    const status = await green.main;
    print(output, `— ended with status ${status}`);
  } catch (error) {
    print(output, `— could not be run: ${error.message}`);
  }
  button.disabled = false;
  button.focus();
}

for (const button of document.querySelectorAll('button[data-program]')) {
  const output = document.getElementById(`${button.dataset.program}-output`);
  button.hidden = false;
  button.addEventListener('click', () => void run(button, output));
}
