/* The buttons of the editor: a toolbar by the keyboard's rules (one stop, arrows inside), in words or plain signs. */

const BUTTONS = [
  ["paragraph", "¶", (e) => e.setParagraph(), (e) => e.isActive("paragraph")],
  ["heading2", "H2", (e) => e.toggleHeading({ level: 2 }), (e) => e.isActive("heading", { level: 2 })],
  ["heading3", "H3", (e) => e.toggleHeading({ level: 3 }), (e) => e.isActive("heading", { level: 3 })],
  ["heading4", "H4", (e) => e.toggleHeading({ level: 4 }), (e) => e.isActive("heading", { level: 4 })],
  null,
  ["bold", "B", (e) => e.toggleBold(), (e) => e.isActive("bold")],
  ["italic", "I", (e) => e.toggleItalic(), (e) => e.isActive("italic")],
  ["underline", "U", (e) => e.toggleUnderline(), (e) => e.isActive("underline")],
  ["strike", "S", (e) => e.toggleStrike(), (e) => e.isActive("strike")],
  ["subscript", "x₂", (e) => e.toggleSubscript(), (e) => e.isActive("subscript")],
  ["superscript", "x²", (e) => e.toggleSuperscript(), (e) => e.isActive("superscript")],
  ["code", "<>", (e) => e.toggleCode(), (e) => e.isActive("code")],
  null,
  ["link", "", "link", (e) => e.isActive("link")],
  ["bulletList", "•", (e) => e.toggleBulletList(), (e) => e.isActive("bulletList")],
  ["orderedList", "1.", (e) => e.toggleOrderedList(), (e) => e.isActive("orderedList")],
  ["blockquote", "“ ”", (e) => e.toggleBlockquote(), (e) => e.isActive("blockquote")],
  ["codeBlock", "{ }", (e) => e.toggleCodeBlock(), (e) => e.isActive("codeBlock")],
  ["figure", "▣", "figure", (e) => e.isActive("figure")],
  ["table", "⊞", "table", (e) => e.isActive("table")],
  ["horizontalRule", "―", (e) => e.setHorizontalRule()],
  null,
  ["rowBelow", "", (e) => e.addRowAfter(), undefined, "table"],
  ["columnAfter", "", (e) => e.addColumnAfter(), undefined, "table"],
  ["deleteRow", "", (e) => e.deleteRow(), undefined, "table"],
  ["deleteColumn", "", (e) => e.deleteColumn(), undefined, "table"],
  ["headerCell", "", (e) => e.toggleHeaderCell(), undefined, "table"],
  ["deleteTable", "", (e) => e.deleteTable(), undefined, "table"],
  ["undo", "↶", (e) => e.undo()],
  ["redo", "↷", (e) => e.redo()],
]

export function make(name, properties = {}, children = []) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (/^(aria-|data-|role$|for$)/.test(key)) element.setAttribute(key, value)
    else element[key] = value
  }
  element.append(...children)
  return element
}

/* A bar with the buttons for this editor; `extra` are further buttons at its end. */
export function toolbar(editor, words, extra) {
  const bar = make("div", { className: "editor-bar", role: "toolbar", "aria-label": words.toolbar })
  const states = []
  let group = bar.appendChild(make("div", { className: "editor-group" }))
  for (const entry of BUTTONS) {
    if (!entry) {
      group = bar.appendChild(make("div", { className: "editor-group" }))
      continue
    }
    const [name, sign, act, active, only] = entry
    const button = make("button", {
      type: "button", className: `editor-button as-${name}`, textContent: sign || words[name], title: words[name],
    })
    if (sign) button.setAttribute("aria-label", words[name])
    if (active) button.setAttribute("aria-pressed", "false")
    button.addEventListener("click", () => {
      if (typeof act === "string") DIALOGS[act](editor, words)
      else act(editor.chain().focus()).run()
    })
    states.push(() => {
      if (active) button.setAttribute("aria-pressed", String(active(editor)))
      if (only) button.hidden = !editor.isActive(only)
    })
    group.append(button)
  }
  bar.append(make("div", { className: "editor-group" }, extra))
  const refresh = () => states.forEach((state) => state())
  editor.on("transaction", refresh)
  refresh()
  oneStop(bar)
  return bar
}

function oneStop(bar) {
  const buttons = () => [...bar.querySelectorAll("button")].filter((button) => getComputedStyle(button).display !== "none")
  const stop = (chosen) => {
    for (const button of bar.querySelectorAll("button")) button.tabIndex = button === chosen ? 0 : -1
  }
  stop(buttons()[0])
  bar.addEventListener("focusin", (event) => stop(event.target.closest("button") ?? buttons()[0]))
  bar.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowLeft: -1 }
    const all = buttons()
    const at = all.indexOf(document.activeElement)
    const turn = document.dir === "rtl" ? -1 : 1
    const next = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1
      : event.key in steps ? (at + turn * steps[event.key] + all.length) % all.length : -1
    if (next < 0) return
    event.preventDefault()
    all[next].focus()
  })
}

/* A small form on top of the page, its fields as [name, label, value, type, properties]; gives its values, or the name of another button, or null. */
function ask(words, title, fields, other = []) {
  const inputs = Object.fromEntries(fields.map(([name, label, value, type = "text", { suggestions = [], ...more } = {}]) => {
    const input = make("input", { type, value: value ?? "", id: `ask-${name}`, ...more })
    const parts = [make("label", { for: input.id, textContent: label }), input]
    if (suggestions.length) {
      const options = suggestions.map(([value, label]) => make("option", { value, label }))
      parts.push(make("datalist", { id: `${input.id}-choices` }, options))
      input.setAttribute("list", `${input.id}-choices`)
    }
    return [name, parts]
  }))
  const button = (text, value, type) => make("button", { type, value, textContent: text, className: "button" })
  const heading = make("h2", { textContent: title, id: "ask-title" })
  const buttons = [button(words.apply, "apply", "submit"), ...other.map(([value, text]) => button(text, value, "button")),
    button(words.cancel, "cancel", "button")]
  const form = make("form", { method: "dialog" }, [heading,
    ...Object.values(inputs).map((pair) => make("p", {}, pair)), make("p", { className: "ask-buttons" }, buttons)])
  const dialog = make("dialog", { className: "ask", "aria-labelledby": "ask-title" }, [form])
  document.body.append(dialog)
  return new Promise((done) => {
    for (const other of buttons.slice(1)) other.addEventListener("click", () => dialog.close(other.value))
    dialog.addEventListener("close", () => {
      dialog.remove()
      if (dialog.returnValue === "apply") {
        done(Object.fromEntries(Object.entries(inputs).map(([name, [, input]]) => [name, input.value.trim()])))
      } else {
        done(dialog.returnValue === "remove" ? "remove" : null)
      }
    })
    dialog.showModal()
  })
}

/* The pictures that the page offers, as [address, what it shows]. */
function pictures() {
  return [...document.querySelectorAll("input[name=image_choice][data-alt]")].map((radio) => [
    radio.labels[0].querySelector("img").getAttribute("src"), radio.dataset.alt,
  ])
}

const DIALOGS = {
  async link(editor, words) {
    const there = editor.isActive("link")
    if (editor.state.selection.empty && !there) {
      const given = await ask(words, words.link, [["href", words.address, "", "text", { inputMode: "url", required: true }]])
      if (given) editor.chain().focus().insertContent({ type: "text", text: given.href, marks: [{ type: "link", attrs: { href: given.href } }] }).run()
      return
    }
    const given = await ask(words, words.link,
      [["href", words.address, editor.getAttributes("link").href, "text", { inputMode: "url" }]],
      there ? [["remove", words.remove]] : [])
    if (given === null) return
    const chain = editor.chain().focus().extendMarkRange("link")
    if (given === "remove" || !given.href) chain.unsetLink().run()
    else chain.setMark("link", { ...editor.getAttributes("link"), href: given.href }).run()
  },

  async figure(editor, words) {
    const library = document.getElementById("chooser")
    const put = ({ src, alt, caption, credit }) => {
      const content = [{ type: "image", attrs: { src, alt } }]
      const parts = caption ? [{ type: "text", text: caption + (credit ? " " : "") }] : []
      if (credit) parts.push({ type: "text", text: credit, marks: [{ type: "kept-small" }] })
      if (parts.length) content.push({ type: "caption", content: parts })
      editor.chain().focus().insertContent([{ type: "figure", content }, { type: "paragraph" }]).run()
    }
    const byAddress = async () => {
      const given = await ask(words, words.figure, [
        ["src", words.pictureAddress, "", "text", { inputMode: "url", required: true, suggestions: pictures() }],
        ["alt", words.alt, "", "text", { required: true }],
        ["caption", words.caption, ""],
      ])
      if (given) put(given)
    }
    // With the library on the page it is asked; desk/pictures.js answers.
    const asked = new CustomEvent("desk:choose", { detail: { put, byAddress }, cancelable: true })
    if (!library || library.dispatchEvent(asked)) await byAddress()
  },

  async table(editor, words) {
    const size = { min: "1", max: "50", required: true }
    const given = await ask(words, words.table, [
      ["rows", words.rows, "3", "number", size], ["cols", words.columns, "3", "number", size],
    ])
    if (!given) return
    editor.chain().focus().insertTable({ rows: Number(given.rows), cols: Number(given.cols), withHeaderRow: true }).run()
  },
}
