// The demo shop's own script: adding without a reload, and search while typing.
// Tracking calls stand beside what they report, as a shop's developer would write them.
(() => {
  'use strict'

  const toast = document.querySelector('.toast')
  let fading = 0

  const say = (text) => {
    toast.textContent = text
    toast.hidden = false
    clearTimeout(fading)
    fading = setTimeout(() => { toast.hidden = true }, 2500)
  }

  document.querySelectorAll('form[data-cart]').forEach((form) => {
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      const fields = new FormData(form)
      const item = JSON.parse(form.dataset.cart)
      item.amount = Number(fields.get('amount')) || 1
      r46('track', 'cart', item)
      fetch(form.action, {
        method: 'POST',
        headers: { accept: 'application/json' },
        body: new URLSearchParams(fields),
      })
        .then((answer) => answer.json())
        .then((cart) => {
          document.querySelectorAll('[data-count]').forEach((place) => { place.textContent = cart.count })
          if (location.pathname === '/cart') location.reload()
          else say('In your cart.')
        })
        .catch(() => form.submit())
    })
  })

  document.querySelectorAll('form[data-remove]').forEach((form) => {
    form.addEventListener('submit', () => {
      r46('track', 'remove_from_cart', form.dataset.remove)
    })
  })

  const field = document.querySelector('.find input')
  const list = document.querySelector('.suggestions')
  let typing = 0

  const entry = (found) => {
    const line = document.createElement('li')
    const link = line.appendChild(document.createElement('a'))
    link.href = found.url
    link.append(Object.assign(document.createElement('span'), { textContent: found.name }))
    link.append(Object.assign(document.createElement('span'), { textContent: found.price }))
    return line
  }

  const suggest = () => {
    const query = field.value.trim()
    if (query.length < 2) {
      list.hidden = true
      return
    }
    fetch('/suggest?q=' + encodeURIComponent(query))
      .then((answer) => answer.json())
      .then((found) => {
        if (field.value.trim() !== query) return
        list.replaceChildren(...found.map(entry))
        list.hidden = !found.length
      })
      .catch(() => { list.hidden = true })
  }

  field.addEventListener('input', () => {
    clearTimeout(typing)
    typing = setTimeout(suggest, 150)
  })
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape') list.hidden = true })
  document.addEventListener('click', (event) => {
    if (!event.target.closest('.find')) list.hidden = true
  })
})()
