// A text that is to be pasted elsewhere: `.copied` holds it and the button that copies it.
'use strict'

document.querySelectorAll('.copied > button').forEach(function (button) {
	if (!navigator.clipboard) return
	button.hidden = false
	button.addEventListener('click', function () {
		navigator.clipboard.writeText(button.parentElement.querySelector('code').textContent).then(function () {
			button.textContent = button.dataset.copied
		})
	})
})
