/* What makes the desk quicker; all of it works without. Rows for sources, completion of names, a word before
   unsaved text is left, Ctrl+S. */

const make = (name, properties, ...children) => {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...children)
  return element
}

/* Sources: empty rows are folded away until one is asked for. */
for (const rows of document.querySelectorAll("[data-rows]")) {
  const total = rows.querySelector("[name$=TOTAL_FORMS]")
  const all = () => [...rows.querySelectorAll(".row-of")]
  const isEmpty = (row) => [...row.querySelectorAll("input")].every((input) => !input.value)
  const more = make("button", { type: "button", className: "button", textContent: rows.dataset.rows })
  const equip = (row) => {
    const button = make("button", { type: "button", className: "button", textContent: rows.dataset.remove })
    button.setAttribute("aria-label", `${rows.dataset.remove}: ${row.getAttribute("aria-label")}`)
    button.addEventListener("click", () => {
      for (const input of row.querySelectorAll("input")) input.value = ""
      row.hidden = true
      row.dispatchEvent(new Event("input", { bubbles: true }))
      more.focus()
    })
    row.append(button)
  }
  const template = all().at(-1).cloneNode(true)
  for (const row of all()) {
    equip(row)
    row.hidden = isEmpty(row) && !row.querySelector(".errorlist")
  }
  more.addEventListener("click", () => {
    let row = all().find((one) => one.hidden)
    if (!row) {
      const number = Number(total.value)
      row = template.cloneNode(true)
      for (const element of row.querySelectorAll("[id],[name],[for]")) {
        for (const name of ["id", "name", "for"]) {
          if (element.hasAttribute(name)) element.setAttribute(name, element.getAttribute(name).replace(/-\d+-/, `-${number}-`))
        }
        if ("value" in element) element.value = ""
      }
      row.setAttribute("aria-label", row.getAttribute("aria-label").replace(/\d+/, number + 1))
      for (const place of row.querySelectorAll(".row-number")) place.textContent = number + 1
      total.value = number + 1
      equip(row)
      more.before(row)
    }
    row.hidden = false
    row.querySelector("input").focus()
  })
  rows.append(more)
}

/* Completion: a list under the field, by the rules for a combobox. */
for (const input of document.querySelectorAll("input[data-complete]")) {
  const list = make("ul", { className: "suggestions", id: `${input.id}-names`, hidden: true })
  list.setAttribute("role", "listbox")
  list.setAttribute("aria-label", input.labels[0]?.textContent ?? "")
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off",
  })) input.setAttribute(name, value)
  input.parentElement.classList.add("has-suggestions")
  input.after(list)
  const many = input.dataset.many === "yes"
  let asked = 0
  let timer
  const begun = () => (many ? input.value.slice(0, input.selectionStart).split(",").at(-1) : input.value).trim()
  const close = () => {
    list.hidden = true
    list.replaceChildren()
    input.setAttribute("aria-expanded", "false")
    input.removeAttribute("aria-activedescendant")
  }
  const take = (name) => {
    const quoted = many && name.includes(",") ? `"${name}"` : name
    if (many) {
      const at = input.selectionStart
      const before = input.value.slice(0, at).split(",").slice(0, -1).map((part) => part.trim())
      const after = input.value.slice(at).replace(/^[^,]*,?/, "").trim()
      input.value = [...before, quoted, after].filter(Boolean).join(", ") + (after ? "" : ", ")
    } else {
      input.value = quoted
    }
    input.dispatchEvent(new Event("input", { bubbles: true }))
    close()
    input.focus()
  }
  const show = (names) => {
    list.replaceChildren(...names.map((name, index) => {
      const item = make("li", { textContent: name, id: `${list.id}-${index}` })
      item.setAttribute("role", "option")
      item.setAttribute("aria-selected", "false")
      item.addEventListener("pointerdown", (event) => event.preventDefault())
      item.addEventListener("click", () => take(name))
      return item
    }))
    list.hidden = !names.length
    input.setAttribute("aria-expanded", String(Boolean(names.length)))
    input.removeAttribute("aria-activedescendant")
  }
  const move = (step) => {
    const items = [...list.children]
    const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true")
    const next = items[(at + step + items.length) % items.length] ?? items[0]
    for (const item of items) item.setAttribute("aria-selected", String(item === next))
    input.setAttribute("aria-activedescendant", next.id)
  }
  input.addEventListener("input", (event) => {
    clearTimeout(timer)
    if (!event.isTrusted) return
    const typed = begun()
    if (!typed) return close()
    timer = setTimeout(async () => {
      const turn = ++asked
      const answer = await fetch(`${input.dataset.complete}&q=${encodeURIComponent(typed)}`).catch(() => null)
      if (!answer?.ok || turn !== asked || document.activeElement !== input) return
      show((await answer.json()).names)
    }, 150)
  })
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return
    if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.key === "ArrowDown" ? 1 : -1)
    else if (event.key === "Enter" && list.querySelector("[aria-selected=true]")) take(list.querySelector("[aria-selected=true]").textContent)
    else if (event.key === "Escape") close()
    else return
    event.preventDefault()
  })
  input.addEventListener("blur", () => {
    asked++
    close()
  })
}

/* A picture that is chosen brings its words with it. */
for (const radio of document.querySelectorAll("input[name=image_choice][data-alt]")) {
  radio.addEventListener("change", () => {
    document.getElementById("id_image_alt").value = radio.dataset.alt
    document.getElementById("id_image_credit").value = radio.dataset.credit
  })
}
document.getElementById("id_image_upload")?.addEventListener("change", () => {
  document.getElementById("id_image_alt").value = ""
  document.getElementById("id_image_credit").value = ""
})

/* Unsaved text: said in the bar, asked about before it is left. Ctrl+S saves the form in which somebody writes. */
const guarded = [...document.querySelectorAll("form[data-guard]")]
if (guarded.length) {
  const unsaved = new Set()
  const mark = (form, now) => {
    unsaved[now ? "add" : "delete"](form)
    document.body.classList.toggle("unsaved", unsaved.size > 0)
  }
  for (const form of guarded) {
    mark(form, "unsaved" in form.dataset)
    form.addEventListener("input", () => mark(form, true))
    form.addEventListener("change", () => mark(form, true))
    form.addEventListener("submit", () => mark(form, false))
  }
  addEventListener("beforeunload", (event) => {
    if (unsaved.size) event.preventDefault()
  })
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault()
      const form = document.activeElement?.closest("form[data-guard]") ?? guarded.at(-1)
      form.requestSubmit()
    }
  })
}
