/** The user store name of a group: the template with `{name}` and `{id}` replaced by the group's, NFC. */
export function mapName(template: string, group: { id: string; name: string }): string {
  const parts: Record<string, string> = { name: group.name, id: group.id }
  return template.replaceAll(/\{(name|id)\}/g, (_, part: string) => parts[part]!).normalize('NFC')
}
