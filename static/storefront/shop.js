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

  // What the collector's feeds give. The shop knows the addresses of its products; the feed says which
  // tool a link has to name.
  const card = (product, currency) => {
    const line = Object.assign(document.createElement('li'), { className: 'card' })
    const link = line.appendChild(document.createElement('a'))
    const tool = new URLSearchParams({
      recommended_by: product.recommended_by,
      recommended_code: product.recommended_code,
    })
    link.href = '/p/' + encodeURIComponent(product.id) + '?' + tool
    const part = (className, textContent) =>
      link.append(Object.assign(document.createElement('span'), { className, textContent }))
    part('name', product.name)
    if (product.price) part('price', Number(product.price).toLocaleString('en', { style: 'currency', currency }))
    return line
  }

  document.querySelectorAll('[data-feed]').forEach((place) => {
    r46('did', (did) => {
      if (!did) return
      const { feed, origin, key, item } = place.dataset
      const query = new URLSearchParams({ key, did, limit: 6 })
      if (item) query.set('item', item)
      fetch(origin + '/feeds/' + feed + '?' + query)
        .then((answer) => answer.json())
        .then((found) => {
          const known = (found.items || []).filter((product) => product.name)
          place.querySelector('ul').replaceChildren(...known.map((product) => card(product, product.currency || 'EUR')))
          place.hidden = !known.length
        })
        .catch(() => {})
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
