// Comfort on top of pages that work without it: keys, menus that close, a help dialog.
'use strict'

document.addEventListener('keydown', function (event) {
	if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return
	if (event.key === 'Escape') return escape_()
	if (event.key === '?') return help()
	var key = event.key.length === 1 ? event.key.toUpperCase() : event.key
	var scrolls = event.target.closest('.scroll, pre, .tabs, nav')
	if (scrolls && /^Arrow/.test(key)) return
	var link = document.querySelector('a[data-key="' + CSS.escape(key) + '"]')
	if (link) link.click()
})

// A click outside closes an open menu or definition.
document.addEventListener('click', function (event) {
	openMenus().forEach(function (menu) {
		if (!menu.contains(event.target)) menu.open = false
	})
})

function openMenus() {
	return document.querySelectorAll('details.menu[open], details.about[open]')
}

// Escape closes what is open, and else clears the filters.
function escape_() {
	var open = openMenus()
	if (!open.length) {
		var chip = document.querySelector('a[data-clear]')
		if (chip) chip.click()
	}
	open.forEach(function (menu) {
		menu.open = false
		menu.querySelector('summary').focus()
	})
}

function help() {
	var keys = document.getElementById('keys')
	if (keys && !keys.open) keys.showModal()
}
