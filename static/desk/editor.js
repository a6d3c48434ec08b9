/* Opens the rich text editor in place of its field, when the text fits. Nothing is written into the field before
   somebody changes the text, so saving what nobody touched sends it as it came. */

import { Editor } from "django-prose-editor/editor"
import { differences, extensions, htmlOf, withoutStyles } from "desk/schema"
import { make, toolbar } from "desk/toolbar"

for (const area of document.querySelectorAll("textarea[data-editor]")) begin(area)

function begin(area) {
  const words = JSON.parse(area.dataset.editor)
  const lost = differences(area.value, words)
  if (lost.length) showSource(area, words, lost)
  else showEditor(area, words)
}

function showEditor(area, words) {
  const frame = make("div", { className: "editor" })
  const place = make("div", { className: "editor-page" })
  const label = area.labels[0]
  label.id ||= `${area.id}-label`
  const attributes = {
    role: "textbox", "aria-multiline": "true", "aria-labelledby": label.id, spellcheck: "true", class: "editor-text",
  }
  if (area.getAttribute("aria-describedby")) attributes["aria-describedby"] = area.getAttribute("aria-describedby")
  const editor = new Editor({
    element: place,
    extensions: extensions(),
    content: area.value,
    injectCSS: false, // a policy without inline styles refuses it; desk/editor.css has its rules
    editorProps: { attributes, transformPastedHTML: withoutStyles },
    onUpdate: () => {
      area.value = htmlOf(editor)
      area.dispatchEvent(new Event("input", { bubbles: true }))
    },
  })
  const source = make("button", { type: "button", className: "editor-button", textContent: words.source })
  const full = make("button", { type: "button", className: "editor-button", textContent: words.full, "aria-pressed": "false" })
  const insert = (event) => { // from outside, as a citation: where the cursor was
    event.preventDefault()
    editor.chain().focus().insertContent(event.detail).unsetMark("link").run()
  }
  area.addEventListener("desk:insert", insert)
  const close = () => {
    area.removeEventListener("desk:insert", insert)
    label.removeEventListener("click", focus)
    editor.destroy()
    frame.remove()
    area.hidden = false
  }
  const focus = () => editor.commands.focus()
  label.addEventListener("click", focus)
  source.addEventListener("click", () => {
    close()
    showSource(area, words, [])
    area.focus()
  })
  const resize = (on) => {
    frame.classList.toggle("editor-full", on)
    document.documentElement.classList.toggle("editor-is-full", on)
    full.setAttribute("aria-pressed", String(on))
  }
  full.addEventListener("click", () => resize(!frame.classList.contains("editor-full")))
  frame.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && frame.classList.contains("editor-full")) resize(false)
  })
  frame.append(toolbar(editor, words, [source, full]), place)
  area.hidden = true
  area.before(frame)
}

/* The field with its HTML, why it is shown, and the way to the editor. */
function showSource(area, words, lost) {
  const note = make("p", { className: "editor-note", role: "status" })
  const button = make("button", { type: "button", className: "button" })
  const tell = (names) => {
    note.textContent = names.length ? `${words.loses} ${names.join(", ")}. ` : ""
    button.textContent = names.length ? words.sure : words.editor
    note.append(button)
  }
  let warned = lost.join()
  tell(lost)
  area.before(note)
  button.addEventListener("click", () => {
    const now = differences(area.value, words)
    if (now.length && now.join() !== warned) {
      warned = now.join()
      tell(now)
      return
    }
    note.remove()
    showEditor(area, words)
  })
}
