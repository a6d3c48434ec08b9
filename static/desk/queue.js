/* What makes the queue quicker; all of it works without. Decisions are sent without loading the page again, the next
   comment gets the focus, the last decision can be undone, and single keys do what the buttons do. */

const list = document.querySelector("[data-queue]")
const last = document.querySelector(".q-last")
const status = last.querySelector("[role=status]")
const look = last.querySelector(".q-look")
const undoing = last.querySelector("button")
const items = () => [...list.querySelectorAll("article.q")]
const at = () => document.activeElement?.closest("article.q")
let taken = null // the comment decided last, and where it stood, so that undo brings it back

const say = (words, address = "") => {
  delete last.dataset.nothing
  status.textContent = words
  look.hidden = !address
  if (address) look.href = address
}

const recount = (counts = {}) => {
  for (const [key, count] of Object.entries(counts)) {
    for (const place of document.querySelectorAll(`[data-count="${key}"]`)) place.textContent = count
  }
}

const offerUndo = (act) => {
  undoing.hidden = !act
  undoing.name = "act"
  undoing.value = act ?? ""
}

const mindEmptiness = () => {
  list.querySelector(".q-empty").hidden = items().length > 0
}

/* Sends a form as it would be sent; where there is no answer that we understand, the browser sends it itself. */
const send = async (form, button) => {
  if (form.ariaBusy) return null
  form.ariaBusy = "true"
  const fields = new FormData(form, button)
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { Accept: "application/json" } })
    return await answer.json()
  } catch {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }))
    form.submit()
    return null
  } finally {
    form.ariaBusy = null
  }
}

const decide = async (item, form, button) => {
  const said = await send(form, button)
  if (!said) return
  say(said.said, said.look)
  recount(said.counts)
  if (!said.done) return
  if (button.value === "answer") {
    form.elements.answer.value = ""
    form.querySelector("details").open = false
    return item.focus()
  }
  const next = item.nextElementSibling?.matches("article.q") ? item.nextElementSibling : items().at(-2)
  taken = { item, before: item.nextElementSibling, act: said.undo }
  item.remove()
  mindEmptiness()
  offerUndo(said.undo)
  ;(next && next !== item ? next : undoing).focus()
}

const undo = async () => {
  const said = await send(last, undoing)
  if (!said) return
  say(said.said, said.look)
  recount(said.counts)
  if (!said.done) return
  if (taken && String(taken.act) === undoing.value) {
    taken.before.before(taken.item)
    mindEmptiness()
    taken.item.focus()
  } else {
    ;(items()[0] ?? status).focus()
  }
  taken = null
  offerUndo(null)
}

addEventListener("submit", (event) => {
  const form = event.target
  const item = form.closest("article.q")
  if (form !== last && !item) return
  if (form === last && undoing.name === "batch") return // many came back: the list is drawn again
  event.preventDefault()
  if (item) decide(item, form, event.submitter ?? form.querySelector("button[value=remove]"))
  else undo()
})

/* Keys */

const KEYS = "writethru.queue.keys"
const keys = document.getElementById("keys-on")
document.querySelector(".q-keys").hidden = false
try {
  keys.checked = localStorage.getItem(KEYS) !== "off"
} catch {
  // A browser that keeps nothing: they are on.
}
keys.addEventListener("change", () => {
  try {
    localStorage.setItem(KEYS, keys.checked ? "on" : "off")
  } catch {
    // For this page, then.
  }
})

const press = (item, verb) => item.querySelector(`button[name=verb][value=${verb}]`)?.click()
const go = (item, step) => {
  const all = items()
  all[all.indexOf(item) + step]?.focus()
}
const DO = {
  j: (item) => go(item, 1),
  k: (item) => go(item, -1),
  a: (item) => press(item, "approve"),
  h: (item) => press(item, "hold"),
  r: (item) => item.querySelector("select[name=reason]")?.focus(),
  x: (item) => item.querySelector("input[name=pick]").click(),
  u: () => undoing.hidden || undoing.click(),
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !keys.checked) return
  const item = at()
  if (!item) return
  const field = document.activeElement
  if (event.key === "Escape" && field !== item) return item.focus()
  if (event.key === "Enter" && field.matches("select[name=reason]")) {
    event.preventDefault()
    return press(item, "remove")
  }
  if (field !== item) return // letters typed into a field, or pressed on a button, are for that
  const act = DO[event.key.toLowerCase()]
  if (!act) return
  event.preventDefault()
  act(item)
})
