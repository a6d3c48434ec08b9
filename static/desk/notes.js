/* Words that are marked in the text go into the form for a note, with what stands beside them. Without this they are
   copied by hand. */

const noteField = (name) => document.getElementById(`id_note-${name}`)

const takeMarkedWords = () => {
  const marked = document.getSelection()
  if (!marked.rangeCount || marked.isCollapsed) return
  const range = marked.getRangeAt(0)
  const within = range.commonAncestorContainer
  const part = (within.nodeType === Node.ELEMENT_NODE ? within : within.parentElement)?.closest("[data-reading] [data-part]")
  const words = range.toString().replace(/\s+/g, " ").trim()
  if (!part || !words) return
  const beside = (from, to) => {
    const other = document.createRange()
    other.setStart(...from)
    other.setEnd(...to)
    return other.toString()
  }
  noteField("part").value = part.dataset.part
  noteField("exact").value = words
  noteField("before").value = beside([part, 0], [range.startContainer, range.startOffset]).slice(-30)
  noteField("after").value = beside([range.endContainer, range.endOffset], [part, part.childNodes.length]).slice(0, 30)
}

let markedTimer
document.addEventListener("selectionchange", () => {
  clearTimeout(markedTimer)
  markedTimer = setTimeout(takeMarkedWords, 150)
})

/* Words that somebody copies over others were not marked: nothing is known of what stands beside them. */
noteField("exact")?.addEventListener("input", () => {
  noteField("before").value = ""
  noteField("after").value = ""
})
