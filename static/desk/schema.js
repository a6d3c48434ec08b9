/* What the editor can hold, and how to tell whether a text fits.

   Everything that the server's cleaner keeps is known here where it can be: what has no button is at least not lost.
   `differences` makes the journey there and back; only a text that comes back whole is opened in the editor. */

import {
  Blockquote, Bold, BulletList, Caption, Code, CodeBlock, Document, Dropcursor, Editor, Extension, Figure, Gapcursor,
  HardBreak, Heading, History, HorizontalRule, Image, Italic, Link, ListItem, Mark, OrderedList, Paragraph, Strike,
  Subscript, Superscript, Table, TableCell, TableHeader, TableRow, Text, Underline, mergeAttributes,
} from "django-prose-editor/editor"

const BLOCKS = ["paragraph", "heading", "bulletList", "orderedList", "listItem", "blockquote", "codeBlock", "figure",
  "caption", "table", "tableRow", "tableHeader", "tableCell", "horizontalRule"]
const MARKS = ["mark", "small", "kbd", "samp", "var", "q", "cite", "abbr", "ins", "del", "time", "bdi", "bdo", "span"]

const kept = (...names) => Object.fromEntries(names.map((name) => [name, { default: null }]))

/* Attributes that no button sets and that stay all the same. */
const Attributes = Extension.create({
  name: "keptAttributes",
  addGlobalAttributes: () => [
    { types: BLOCKS, attributes: kept("id", "dir", "lang") },
    { types: ["link"], attributes: kept("id", "dir", "lang", "title", "hreflang") },
    { types: ["bold", "italic", "underline", "strike", "subscript", "superscript", "code"],
      attributes: kept("id", "dir", "lang") },
    { types: ["image", "picture"], attributes: kept("id", "dir", "lang") },
    { types: ["blockquote"], attributes: kept("cite") },
    { types: ["orderedList"], attributes: kept("reversed") },
    { types: ["tableHeader"], attributes: kept("scope") },
    { types: ["codeBlock"], attributes: {
      bare: {
        default: null,
        parseHTML: (block) => !block.querySelector("code") || null,
        renderHTML: ({ bare }) => (bare ? { "data-bare": "" } : {}),
      },
    } },
    { types: ["tableRow"], attributes: {
      part: {
        default: null,
        parseHTML: (row) => /^T(HEAD|FOOT)$/.test(row.parentNode?.nodeName) ? row.parentNode.nodeName.toLowerCase() : null,
        renderHTML: ({ part }) => (part ? { "data-part": part } : {}),
      },
    } },
  ],
})

/* Marks without a button. A span that says nothing is none. */
const ON_MARKS = ["id", "dir", "lang", "title", "datetime", "cite"]
const keptMarks = MARKS.map((tag) => Mark.create({
  name: `kept-${tag}`,
  excludes: "",
  addAttributes: () => kept(...ON_MARKS),
  parseHTML: () => [{
    tag, priority: 60, consuming: tag !== "span",
    getAttrs: (element) => (tag !== "span" || ON_MARKS.some((name) => element.hasAttribute(name))) && null,
  }],
  renderHTML: ({ HTMLAttributes }) => [tag, mergeAttributes(HTMLAttributes), 0],
}))

/* What is pasted brings styles, which the policy of the page refuses with an error. They go aside before anything
   reads them, and are looked at for the two that mean something. */
export const withoutStyles = (html) =>
  html.replace(/<(style|script)\b[\s\S]*?<\/\1\s*>/gi, "").replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/gi, " data-style=").replace(/\son\w+\s*=/gi, " data-on="))
const pasted = (pattern) => ({
  tag: "span[data-style]", consuming: false, getAttrs: (element) => pattern.test(element.dataset.style) && null,
})
const PastedBold = Bold.extend({
  parseHTML: () => [
    { tag: "strong" },
    { tag: "b", getAttrs: (element) => !/font-weight:\s*(normal|400)/i.test(element.dataset.style ?? "") && null },
    pasted(/font-weight:\s*(bold|[6-9]00)/i),
  ],
})
const PastedItalic = Italic.extend({
  parseHTML: () => [{ tag: "em" }, { tag: "i" }, pasted(/font-style:\s*italic/i)],
})

/* A picture in a figure, with the link that may be round it. */
const FigurePicture = Image.extend({
  group: "",
  inline: false,
  addAttributes() {
    return { ...this.parent?.(), href: {
      default: null,
      rendered: false,
      parseHTML: (picture) => picture.closest("a")?.getAttribute("href") ?? null,
    } }
  },
  parseHTML: () => [{ tag: "img[src]", context: "figure/", priority: 60 }],
  renderHTML({ node, HTMLAttributes }) {
    const picture = ["img", mergeAttributes(HTMLAttributes)]
    return node.attrs.href ? ["a", { href: node.attrs.href }, picture] : picture
  },
})

/* A picture among words. */
const InlinePicture = Image.extend({
  name: "picture",
  group: "inline",
  inline: true,
  parseHTML: () => [{ tag: "img[src]" }],
  addInputRules: () => [],
  addCommands: () => ({}),
})

/* Those of the bundle draw themselves with inline styles. */
const PlainOrderedList = OrderedList.extend({ addNodeView: () => null })
const PlainTable = Table.extend({ addNodeView: () => null })

export const extensions = () => [
  Document, Text, Paragraph, HardBreak, History, Dropcursor, Gapcursor,
  Heading.configure({ levels: [2, 3, 4] }),
  PastedBold, PastedItalic, Underline, Strike, Subscript, Superscript, Code.extend({ excludes: "" }),
  Link.configure({ enableTarget: false }), ...keptMarks,
  BulletList, PlainOrderedList, ListItem, Blockquote, CodeBlock, HorizontalRule,
  // The one of the editor's bundle brings a floating button whose words cannot be translated.
  Figure.extend({ content: "image+ caption?", addExtensions: () => [] }), FigurePicture, Caption, InlinePicture,
  PlainTable, TableRow, TableHeader, TableCell, Attributes,
]

/* The text as it is sent to the server, which cleans it again. */
export function htmlOf(editor) {
  const { content } = parsed(editor.getHTML())
  for (const element of content.querySelectorAll("[class]")) element.removeAttribute("class")
  for (const list of content.querySelectorAll("ol")) {
    list.removeAttribute("type")
    list.removeAttribute("data-type")
  }
  for (const block of content.querySelectorAll("pre[data-bare]")) {
    block.removeAttribute("data-bare")
    block.querySelector("code").replaceWith(...block.querySelector("code").childNodes)
  }
  for (const row of content.querySelectorAll("tr[data-part]")) {
    const table = row.closest("table")
    const name = row.dataset.part
    let part = table.querySelector(`:scope > ${name}`)
    if (!part) {
      part = document.createElement(name)
      name === "thead" ? table.prepend(part) : table.append(part)
    }
    row.removeAttribute("data-part")
    part.append(row)
  }
  for (const part of content.querySelectorAll("tbody:empty")) part.remove()
  const holder = document.createElement("div")
  holder.append(content)
  return holder.innerHTML === "<p></p>" ? "" : holder.innerHTML
}

/* What the editor would lose of this text, as names; nothing when it comes back whole. */
export function differences(html, words) {
  const trial = new Editor({ element: null, extensions: extensions(), content: html, injectCSS: false })
  const back = htmlOf(trial)
  trial.destroy()
  if (fingerprint(html) === fingerprint(back)) return []
  const before = names(html)
  const after = names(back)
  const lost = [...before.keys()].filter((name) => before.get(name) > (after.get(name) ?? 0))
  return lost.length ? lost.sort() : [words.order]
}

function parsed(html) {
  const template = document.createElement("template")
  template.innerHTML = html
  return template
}

function names(html) {
  const counts = new Map()
  const count = (name) => counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const element of parsed(html).content.querySelectorAll("*")) {
    if (element.localName === "tbody") continue
    count(`<${element.localName}>`)
    for (const { name } of element.attributes) if (name !== "class" && !isMadeAgain(element, name)) count(`<${element.localName} ${name}>`)
  }
  return counts
}

const BLOCK = /^(p|h[1-6]|ul|ol|li|blockquote|pre|figure|figcaption|table|caption|thead|tbody|tfoot|tr|th|td|hr|dl|dt|dd|details|summary|div)$/

/* The same for two texts that say the same: marks in any order, white space and empty paragraphs left out. */
function fingerprint(html) {
  const out = []
  let run = []
  const flush = () => {
    let space = true
    const parts = []
    for (let { text, marks, solid } of run) {
      if (!solid) {
        text = text.replace(/[ \t\n\r\f]+/g, " ")
        if (space) text = text.replace(/^ /, "")
        if (text) space = text.endsWith(" ")
      } else if (text === "<br>") {
        space = true
        trimEnd(parts)
      } else if (text) {
        space = false
      }
      if (!text) continue
      const last = parts.at(-1)
      if (last && last[0] === marks && !solid) last[1] += text
      else parts.push([marks, text])
    }
    trimEnd(parts)
    if (parts.length) out.push(JSON.stringify(parts))
    run = []
  }
  const trimEnd = (parts) => {
    while (parts.length) {
      const last = parts.at(-1)
      if (last[1] === "<br>") return
      last[1] = last[1].replace(/[ \t\n\r\f]+$/, "")
      if (last[1]) return
      parts.pop()
    }
  }
  const walk = (node, marks, pre) => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) {
        run.push({ text: child.data, marks: marks.toSorted().join(" "), solid: pre })
      } else if (child.nodeType === Node.ELEMENT_NODE) {
        element(child, marks, pre)
      }
    }
  }
  const element = (child, marks, pre) => {
    const name = child.localName
    if (name === "br" || name === "img" || (!BLOCK.test(name) && !child.firstChild)) {
      run.push({ text: `<${name}${attributes(child)}>`, marks: marks.toSorted().join(" "), solid: true })
    } else if (BLOCK.test(name)) {
      flush()
      const wraps = name === "tbody" || (name === "p" && !child.attributes.length && /^(li|t[dh]|dd)$/.test(child.parentNode.localName ?? "") && lone(child))
      if (!wraps) out.push(`<${name}${attributes(child)}>`)
      walk(child, [], name === "pre")
      flush()
      if (wraps) return
      const empty = name === "p" && !child.attributes.length && out.at(-1) === "<p>"
      empty ? out.pop() : out.push(`</${name}>`)
    } else if (pre && name === "code" && !child.attributes.length && lone(child)) {
      walk(child, marks, pre)
    } else {
      walk(child, [...marks, `${name}${attributes(child)}`], pre)
    }
  }
  walk(parsed(html).content, [], false)
  flush()
  return out.join("\n")
}

/* What the server writes again, whatever is sent: of pictures of ours what there is to choose from. */
function isMadeAgain(element, name) {
  return element.localName === "img" && /^(srcset|sizes|loading|width|height)$/.test(name) &&
    /\/pictures\/[0-9a-f]{2}\/[0-9a-f]{64}-\d+x\d+\.(jpg|png)$/.test(element.getAttribute("src"))
}

/* Is there no other paragraph beside this one? A list inside an item may follow it. */
function lone(element) {
  return [...element.parentNode.children].filter(({ localName }) => localName === element.localName).length === 1
}

function attributes(element) {
  return [...element.attributes]
    .filter(({ name, value }) => name !== "class" && !isMadeAgain(element, name) && !(/^(col|row)span$/.test(name) && value === "1") && !(name === "start" && value === "1"))
    .map(({ name, value }) => ` ${name}=${value}`)
    .sort()
    .join("")
}
