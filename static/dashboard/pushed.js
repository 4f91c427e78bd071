// A page that is pushed to: it goes on after a break where it was, and says whether it is connected.
'use strict'

// `told` has the name of its `event`, its `list` (a function: a panel may come after the page, and then in the
// place of another element), the `newest` number that is there, and what to do: `forget` all, `show` a message.
window.pushed = function (page, told) {
	var state = document.querySelector('[data-state]')
	var again = false
	var address = new URL(page.dataset.stream, location)
	var epoch = told.list() ? told.list().dataset.epoch : ''
	address.searchParams.set('after', epoch + '-' + told.newest())
	var source = new EventSource(address)
	source.addEventListener('open', function () { say('on') })
	source.addEventListener('again', function () { again = true })
	source.addEventListener('error', function () {
		if (source.readyState === EventSource.CLOSED) return say('gone')
		if (!again) say('off')
		again = false
	})
	source.addEventListener(told.event, function (event) {
		// A server that was started anew counts from one: what is shown belongs to its former life.
		var life = event.lastEventId.split('-')[0]
		if (life !== epoch) {
			epoch = life
			told.forget()
			if (told.list()) told.list().replaceChildren()
		}
		told.show(JSON.parse(event.data))
	})
	addEventListener('pagehide', function () { source.close() })
	// A page that comes back from the browser's memory starts anew.
	addEventListener('pageshow', function (event) { if (event.persisted) location.reload() })

	function say(how) {
		if (state.textContent !== state.dataset[how]) state.textContent = state.dataset[how]
		state.classList.toggle('on', how === 'on')
	}
}

// Rows of a fragment that are newer than a number.
window.pushed.fresh = function (html, after) {
	var template = document.createElement('template')
	template.innerHTML = html // rendered and escaped by the server, by the template of the page
	return Array.from(template.content.querySelectorAll('[data-seq]')).filter(function (row) {
		return Number(row.dataset.seq) > after
	})
}
