// Shows the next build, or what is wrong with it, in every page of the preview (missions watch).
const box = document.createElement("pre");
box.id = "build-state";
box.setAttribute("role", "status");
box.hidden = true;
document.body.insertBefore(box, document.body.firstChild);
let shown = null;

new EventSource("/.state").onmessage = (event) => {
  const state = JSON.parse(event.data);
  const build = `${state.since}-${state.build}`;
  if (shown !== null && build !== shown && !state.error && !state.busy) location.reload();
  if (shown === null || state.error) shown = build;
  box.hidden = !state.error && !state.busy;
  box.textContent = state.error || "Er wordt een nieuw voorbeeld gemaakt ...";
  box.style = "margin:0;padding:.5rem 1rem;white-space:pre-wrap;color:#fff;background:" + (state.error ? "#7a1111" : "#004488");
};
