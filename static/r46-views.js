/*
 * Viewable impressions, an optional second file: when a recommendation block was really seen,
 * it gives the main script one `block_view`, and a click on one of its items a `block_click`,
 * unless the link itself says where it stood (docs/wire/r46.md, section 3.1).
 *
 *   <div data-r46-block="home_hits" data-r46-by="dynamic">
 *     <a data-r46-item="37" href="/p/37">…</a>
 *
 * Seen is: half of what can be on screen at once, for a second without a break, in a visible tab.
 * Observers of the browser say so; nothing here reads the layout, stores or sends.
 *
 * ES2015 syntax. Without IntersectionObserver and ResizeObserver nothing is seen and nothing breaks.
 */
(function (w, d) {
  const BLOCK = 'data-r46-block'
  const SECOND = 1e3

  // A tracker may never break the page it is on: every way in goes through here.
  let warned
  const guard = action => value => {
    try {
      return action(value)
    } catch (error) {
      if (!warned) console.warn('r46 views', '' + (warned = error))
    }
  }

  guard(() => {
    const script = d.currentScript || { src: '', dataset: {} }
    const global = script.dataset.global || new URLSearchParams(script.src.split('?')[1]).get('global') || 'r46'
    if (w[global + '_views']) return // included twice
    w[global + '_views'] = 1

    const blocks = new Map() // by element: {observer, timer, shown}
    let sent // blocks reported on this page view
    let page

    // The live function, or the queue of a loader; or our own, which the main script takes over.
    const track = (event, block, items) => {
      const stub = function () {
        stub.q.push(arguments)
      }
      stub.q = []
      w[global] = w[global] || stub
      w[global]('track', event, { recommended_by: by(block), recommended_code: code(block), items })
    }
    const by = block => block.dataset.r46By || 'dynamic'
    const code = block => block.dataset.r46Block || undefined
    const name = block => by(block) + ' ' + code(block)

    const itemsOf = block =>
      (block.dataset.r46Items
        ? block.dataset.r46Items.split(',')
        : Array.from(block.querySelectorAll('[data-r46-item]'), item => item.dataset.r46Item)
      )
        .map(id => id.trim())
        .filter(id => id)
        .map((id, at) => ({ id, position: at + 1 }))

    const stop = state => {
      clearTimeout(state.timer)
      state.timer = 0
    }

    // Starts the second, or ends it: whatever breaks it, it begins anew.
    const time = (state, block) => {
      if (!state.shown || d.hidden || sent[name(block)]) stop(state)
      else {
        state.timer =
          state.timer ||
          setTimeout(
            guard(() => {
              state.timer = 0
              if (turn() || sent[name(block)]) return
              sent[name(block)] = 1
              track('block_view', block, itemsOf(block))
            }),
            SECOND
          )
      }
    }
    const timeAll = guard(() => blocks.forEach(time))

    // Another path or query is another page view, as in the main script: every block counts again.
    const turn = again => {
      const here = location.pathname + location.search
      if (here == page && !again) return
      page = here
      sent = {}
      blocks.forEach(stop)
      timeAll()
      return 1
    }

    // A block taller or wider than the window can never show half of itself: half the window is
    // enough then. An observer's thresholds are fixed, so a block of another size gets another one.
    const look = (block, share) => {
      const state = blocks.get(block)
      if (!state) return
      const judge = entry => {
        const box = entry.boundingClientRect
        const frame = entry.rootBounds || box // unknown in another site's frame
        const area = box.width * box.height
        const needed = (Math.min(box.width, frame.width) * Math.min(box.height, frame.height)) / area / 2
        if (Math.abs(needed / share - 1) > 0.001) return look(block, needed)
        state.shown = needed > 0 && entry.intersectionRatio >= share - 1e-5
        time(state, block)
      }
      if (state.observer) state.observer.disconnect()
      state.observer = new IntersectionObserver(
        guard(entries => {
          turn()
          entries.forEach(judge)
        }),
        { threshold: [0, share] }
      )
      state.observer.observe(block)
    }
    const sizes = new ResizeObserver(guard(entries => entries.forEach(entry => look(entry.target, 0.5))))

    const watch = block => {
      if (blocks.has(block)) return
      blocks.set(block, {})
      look(block, 0.5)
      sizes.observe(block)
    }
    const drop = block => {
      const state = blocks.get(block)
      if (!state) return
      stop(state)
      state.observer.disconnect()
      sizes.unobserve(block)
      blocks.delete(block)
    }
    const find = node => {
      if (node.dataset && node.dataset.r46Block != null) watch(node)
      if (node.querySelectorAll) node.querySelectorAll(`[${BLOCK}]`).forEach(watch)
    }

    turn()
    find(d)
    new MutationObserver(
      guard(changes => {
        turn()
        changes.forEach(change => {
          change.addedNodes.forEach(find)
          if (!change.attributeName) return
          drop(change.target) // another code is another block
          find(change.target)
        })
        blocks.forEach((state, block) => {
          if (!d.contains(block)) drop(block)
        })
      })
    ).observe(d, { childList: true, subtree: true, attributes: true, attributeFilter: [BLOCK] })
    d.addEventListener('visibilitychange', timeAll)
    // Back from the back/forward cache: the main script counts a page view, too.
    w.addEventListener('pageshow', guard(event => event.persisted && turn(1)))

    // Only noted, in passing: the main script keeps it in storage while the browser navigates. A link
    // that names its block makes the next page's view the click (3.1); reporting both would count two.
    const click = guard(event => {
      const link = event.button < 2 && event.target.closest('a[href]')
      const item = link && (event.target.closest('[data-r46-item]') || link.querySelector('[data-r46-item]'))
      const block = item && item.closest(`[${BLOCK}]`)
      if (block && !/[?&]recommended_by=/.test(link.search)) {
        const id = item.dataset.r46Item.trim()
        track('block_click', block, itemsOf(block).filter(found => found.id == id).slice(0, 1))
      }
    })
    w.addEventListener('click', click, true)
    w.addEventListener('auxclick', click, true) // the middle button: a new tab
  })()
})(window, document)
