/** Hands a file to the browser, which asks or stores it as its user wants. */
export function download(name: string, content: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  // The browser has taken hold of it by the next turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000)
}

export function csvFile(text: string): Blob {
  // The mark tells spreadsheets that it is UTF-8.
  return new Blob([`\uFEFF${text}`], { type: 'text/csv;charset=utf-8' })
}
