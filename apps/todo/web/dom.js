// Elements. Text goes in as text: nothing of what users write is ever read as HTML.

/** An element with its properties, attributes (`aria-…`, `data-…`, `for`, `role`), listeners (`onclick`) and children. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (name.includes('-') || name === 'for' || name === 'role') made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** A field with its label above it, and a place for what is wrong with it below. */
export function field(label, input, ...after) {
  const problem = element('p', { className: 'problem', id: `${input.id}-problem`, hidden: true });
  input.setAttribute('aria-describedby', problem.id);
  return element('div', { className: 'field' }, element('label', { for: input.id }, label), input, ...after, problem);
}

/** Says what is wrong with the fields of a form, each below its field, and the rest above the button. */
export function showProblems(form, error) {
  clearProblems(form);
  const rest = [];
  let first = null;
  for (const { field: name, message } of error.fields) {
    const input = form.elements.namedItem(name);
    const problem = input && form.querySelector(`#${CSS.escape(`${input.id}-problem`)}`);
    if (!problem) {
      rest.push(name ? `${name}: ${message}` : message);
      continue;
    }
    problem.textContent = message;
    problem.hidden = false;
    input.setAttribute('aria-invalid', 'true');
    first ??= input;
  }
  if (error.fields.length === 0) rest.push(error.message);
  const summary = form.querySelector('.summary');
  summary.textContent = rest.join(' ');
  summary.hidden = rest.length === 0;
  first?.focus();
}

/** Takes back what `showProblems` has said. */
export function clearProblems(form) {
  for (const problem of form.querySelectorAll('.problem, .summary')) problem.hidden = true;
  for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
}

/** A place for what is wrong with a form as a whole. */
export function summary() {
  return element('p', { className: 'summary', role: 'alert', hidden: true });
}

/** Has a form do its work once at a time, with what goes wrong told in it. */
export function onSubmit(form, work) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const buttons = form.querySelectorAll('button[type=submit]');
    for (const button of buttons) button.disabled = true;
    clearProblems(form);
    try {
      await work();
    } catch (error) {
      if (!error.fields) throw error;
      showProblems(form, error);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  });
}

/** Tells those who do not see the page what has just happened. */
export function announce(text) {
  document.getElementById('announcement').textContent = text;
}

let number = 0;

/** An id that no other element has. */
export function freshId(name) {
  number += 1;
  return `${name}-${number}`;
}
