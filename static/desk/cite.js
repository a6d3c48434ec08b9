/* "Cite" beside a source puts a link to it where the cursor is in the text above. In the editor if it is open
   (desk/editor.js answers the event), else into the field. The server leads citations on when rows go. */

let typedIn

document.addEventListener("focusin", (event) => {
  const area = event.target.closest?.(".field")?.querySelector("textarea[data-editor]")
  if (area) typedIn = area
})

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-cite]")
  if (!button) return
  const form = button.closest("form")
  const row = button.closest(".row-of")
  const number = [...row.parentElement.querySelectorAll(".row-of")].indexOf(row) + 1
  const area = typedIn?.form === form ? typedIn : form.querySelector(".as-body textarea[data-editor]")
  const html = `<a href="#s${number}">[${number}]</a>`
  if (!area.dispatchEvent(new CustomEvent("desk:insert", { detail: html, cancelable: true }))) return
  area.setRangeText(html, area.selectionStart, area.selectionEnd, "end")
  area.dispatchEvent(new Event("input", { bubbles: true }))
  area.focus()
})
