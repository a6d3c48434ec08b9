/* Pictures at the desk: dropping, pasting and uploading with a word on how it goes, the library on the page of a
   piece, and the point that has to stay in sight. All of it can be done without, by the forms. */
(() => {
  const KINDS = /^image\/(jpeg|png|webp|gif|avif)$/
  const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_all, name) => values[name])
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value
  const picturesIn = (transfer) => [...(transfer?.files ?? [])].filter(({ type }) => KINDS.test(type))
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files")
  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties)
    element.append(...children)
    return element
  }

  /* Sends one picture; `tell` gets sentences. Gives what the server says of it, or null when it was refused. */
  const send = (file, words, tell) => new Promise((done) => {
    const request = new XMLHttpRequest()
    const name = file.name || "picture"
    const refuse = (sentence) => {
      tell(sentence, true)
      done(null)
    }
    const failed = () => refuse(fill(words.failed, { name }))
    request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => {
      if (!lengthComputable) return
      const part = Math.floor(loaded * 10 / total) * 10
      tell(part < 100 ? fill(words.sending, { name, part }) : fill(words.making, { name }))
    })
    request.addEventListener("load", () => {
      let answer
      try { answer = JSON.parse(request.responseText) } catch { return failed() }
      if (answer.error) return refuse(`${name}: ${answer.error}`)
      if (request.status !== 200) return failed()
      done(answer)
    })
    request.addEventListener("error", failed)
    const form = new FormData()
    form.append("upload", file, name)
    request.open("POST", words.upload)
    request.setRequestHeader("X-CSRFToken", token())
    request.send(form)
    tell(fill(words.sending, { name, part: 0 }))
  })

  /* The library: whatever is dropped on the page or pasted into it is sent, one after the other. */
  const adding = document.querySelector(".library-add")
  if (adding) {
    const list = adding.querySelector(".library-told")
    let queue = Promise.resolve()
    const add = (file) => {
      const line = list.appendChild(make("li"))
      queue = queue.then(async () => {
        const kept = await send(file, adding.dataset, (sentence, wrong = false) => {
          line.textContent = sentence
          line.classList.toggle("wrong", wrong)
        })
        if (!kept) return
        line.replaceChildren(`${fill(adding.dataset.kept, { name: file.name })} `,
          make("a", { href: kept.page, textContent: adding.dataset.open }))
      })
    }
    adding.querySelector("[data-script]").hidden = false
    addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault() })
    addEventListener("drop", (event) => {
      if (!carriesFiles(event)) return
      event.preventDefault()
      for (const file of event.dataTransfer.files) add(file)
    })
    addEventListener("paste", (event) => picturesIn(event.clipboardData).forEach(add))
  }

  /* The point that has to stay in sight: a click on the picture, or the arrow keys on the mark. */
  for (const frame of document.querySelectorAll("[data-focus]")) {
    const fields = ["focus_x", "focus_y"].map((name) => document.getElementById(`id_${name}`))
    if (fields.includes(null)) continue
    const mark = make("button", { type: "button", className: "focus-mark" })
    mark.setAttribute("aria-label", frame.dataset.focus)
    const show = () => {
      mark.style.insetInlineStart = "auto"
      mark.style.left = `${Number(fields[0].value) || 0}%`
      mark.style.top = `${Number(fields[1].value) || 0}%`
    }
    const set = (...point) => {
      point.forEach((value, at) => { fields[at].value = Math.min(100, Math.max(0, Math.round(value))) })
      show()
    }
    frame.append(mark)
    frame.addEventListener("click", (event) => {
      if (event.target === mark) return
      const { left, top, width, height } = frame.getBoundingClientRect()
      set((event.clientX - left) / width * 100, (event.clientY - top) / height * 100)
      mark.focus()
    })
    mark.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5] }[event.key]
      if (!step) return
      event.preventDefault()
      set(Number(fields[0].value) + step[0], Number(fields[1].value) + step[1])
    })
    for (const field of fields) field.addEventListener("input", show)
    show()
  }

  const dialog = document.getElementById("chooser")
  if (!dialog) return
  const words = dialog.dataset
  const part = (selector) => dialog.querySelector(selector)
  const [query, file, told, grid, older, about, take] = ["#chooser-q", "#chooser-file", ".chooser-told", ".chooser-grid",
    "[data-older]", ".chooser-words", "[data-take]"].map(part)
  const [alt, decorative, caption, credit] = ["alt", "decorative", "caption", "credit"].map((name) => part(`#chooser-${name}`))
  let chosen = null
  let use = null // what is done with the picture that is taken
  let elsewhere = null // the way to put one in that is not here
  let asked = 0

  const tell = (sentence, wrong = false) => {
    told.textContent = sentence
    told.classList.toggle("wrong", wrong)
  }
  const choose = (picture) => {
    chosen = picture
    take.disabled = !picture
    about.hidden = !picture
    for (const button of grid.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.number) === picture?.number))
    }
    if (!picture) return
    part(".chooser-words img").src = picture.thumbnail
    alt.value = picture.alt
    decorative.checked = picture.decorative
    credit.value = picture.credit
    caption.value = ""
  }
  const item = (picture) => {
    const label = picture.alt || (picture.decorative ? "–" : words.silent)
    const image = make("img", { src: picture.thumbnail, alt: label, loading: "lazy" })
    const button = make("button", { type: "button" }, image)
    button.dataset.number = picture.number
    button.setAttribute("aria-pressed", "false")
    button.addEventListener("click", () => choose(picture))
    return make("li", {}, button)
  }
  const find = async (before = "") => {
    const turn = ++asked
    const address = `${words.find}?q=${encodeURIComponent(query.value.trim())}${before ? `&before=${before}` : ""}`
    const answer = await fetch(address).then((response) => (response.ok ? response.json() : null)).catch(() => null)
    if (turn !== asked) return
    if (!answer) return tell(words.away, true)
    if (!before) grid.replaceChildren()
    grid.append(...answer.pictures.map(item))
    tell(grid.children.length ? "" : words.nothing)
    older.hidden = !answer.next
    older.dataset.next = answer.next
  }
  const upload = async (picture) => {
    const kept = await send(picture, words, tell)
    file.value = ""
    if (!kept) return
    asked++ // what is still being looked for would hide it
    grid.prepend(item(kept))
    choose(kept)
    tell(fill(words.kept, { name: picture.name }))
    alt.focus()
  }
  const open = (whereTo, then, picture) => {
    use = then
    take.textContent = words[whereTo]
    for (const element of dialog.querySelectorAll("[data-in-text]")) element.hidden = whereTo !== "text"
    query.value = ""
    choose(null)
    tell("")
    dialog.showModal()
    if (picture) upload(picture)
    else find()
  }

  let timer
  query.addEventListener("input", (event) => {
    event.stopPropagation() // nothing of the piece was changed
    clearTimeout(timer)
    timer = setTimeout(find, 200)
  })
  for (const name of ["input", "change"]) dialog.addEventListener(name, (event) => event.stopPropagation())
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.localName !== "input") return
    event.preventDefault() // else the piece is sent
    if (event.target === query) find()
  })
  file.addEventListener("change", () => { if (file.files[0]) upload(file.files[0]) })
  older.addEventListener("click", () => find(older.dataset.next))
  part("[data-elsewhere]").addEventListener("click", () => {
    dialog.close()
    elsewhere()
  })
  part("[data-cancel]").addEventListener("click", () => dialog.close())
  take.addEventListener("click", async () => {
    const said = { alt: alt.value.trim(), credit: credit.value.trim() }
    if (!said.alt && !decorative.checked) {
      tell(words.needs, true)
      alt.focus()
      return
    }
    if (said.alt && decorative.checked) decorative.checked = false
    if (!chosen.described) {
      const form = new URLSearchParams(said)
      if (decorative.checked) form.set("is_decorative", "on")
      const answer = await fetch(words.describe.replace("/0/", `/${chosen.number}/`), {
        method: "POST", body: form, headers: { "X-CSRFToken": token() },
      }).then((response) => response.json()).catch(() => ({ error: words.away }))
      if (answer.error) return tell(answer.error, true)
    }
    dialog.close()
    use({ ...chosen, ...said, decorative: decorative.checked, caption: caption.value.trim() })
  })

  /* Above the text. */
  const lead = document.querySelector("[data-choose-lead]")
  const useAsLead = (picture) => {
    let radio = document.getElementById(`image-${picture.number}`)
    if (!radio) {
      radio = make("input", { type: "radio", name: "image_choice", value: picture.number, id: `image-${picture.number}` })
      const label = make("label", { htmlFor: radio.id }, make("img", { src: picture.thumbnail, alt: picture.alt }))
      const holder = make("div", { className: "picture-choices" }, make("p", { className: "pick" }, radio, label))
      lead.parentElement.before(holder)
    }
    radio.closest("details")?.setAttribute("open", "")
    radio.checked = true
    document.getElementById("id_image_alt").value = picture.alt
    document.getElementById("id_image_credit").value = picture.credit
    document.getElementById("id_image_decorative").checked = picture.decorative
    radio.dispatchEvent(new Event("input", { bubbles: true }))
    radio.focus()
  }
  if (lead) {
    lead.hidden = false
    lead.addEventListener("click", () => open("lead", useAsLead))
  }
  for (const radio of document.querySelectorAll("input[name=image_choice][data-alt]")) {
    radio.addEventListener("change", () => {
      document.getElementById("id_image_decorative").checked = "decorative" in radio.dataset
    })
  }

  /* Into the text: the toolbar of an editor asks, and says what is to be done with the picture. */
  let dropped = null
  dialog.addEventListener("desk:choose", (event) => {
    event.preventDefault()
    elsewhere = event.detail.byAddress
    open("text", event.detail.put, dropped)
    dropped = null
  })
  const intoEditor = (event, transfer) => {
    const [picture] = picturesIn(transfer)
    if (!picture) return
    const frame = event.target.closest?.(".editor")
    if (dialog.open) upload(picture)
    else if (frame) {
      dropped = picture
      frame.querySelector(".as-figure").click()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
  addEventListener("dragover", (event) => {
    if (carriesFiles(event) && (dialog.open || event.target.closest?.(".editor"))) event.preventDefault()
  }, true)
  addEventListener("drop", (event) => intoEditor(event, event.dataTransfer), true)
  addEventListener("paste", (event) => intoEditor(event, event.clipboardData), true)
})()
