-- For both writers: headings below the page's title, with no level left out, and a description for each picture.
-- For HTML: what may be wider than a phone scrolls by itself, and can be reached by keyboard.
-- For typst: pandoc's writer drops the alt text of pictures and knows none for formulas; PDF/UA-1 asks for both.
local typst, word = FORMAT == 'typst', FORMAT == 'docx'
local nameless = 'Picture; no description was given with it.'

local function quoted(text)
  return '"' .. text:gsub('\\', '\\\\'):gsub('"', '\\"'):gsub('\n', ' ') .. '"'
end

local function image(el)
  local alt = el.attributes.alt or pandoc.utils.stringify(el.caption)
  if alt == '' then alt = nameless end
  local ours = (typst or word) and '^picture%d+_%d+%.%a+$' or '^data:image/'
  if not (el.src:match(ours) or word and el.src:match('^chart%d+%.png$')) then
    return pandoc.Emph('(Picture not in this file: ' .. alt .. ')')
  end
  if not typst then
    el.caption = pandoc.Inlines(alt)
    return el
  end
  return pandoc.RawInline('typst', '#image(' .. quoted(el.src) .. ', alt: ' .. quoted(alt) .. ')')
end

-- As a list: what stands in a Lua table by name comes out in another order each time.
local function scrolling(class, label)
  return pandoc.Attr('', {class}, {{'role', 'region'}, {'tabindex', '0'}, {'aria-label', label}})
end

local formulas = 0
local function formula(el)
  if not typst then
    if word or el.mathtype ~= 'DisplayMath' then return nil end
    formulas = formulas + 1
    return pandoc.Span({el}, scrolling('formula', 'Formula ' .. formulas))
  end
  local written = pandoc.write(pandoc.Pandoc{pandoc.Plain{el}}, 'typst'):gsub('%s+$', '')
  local block = el.mathtype == 'DisplayMath' and 'true' or 'false'
  return pandoc.RawInline('typst', '#math.equation(block: ' .. block .. ', alt: ' .. quoted(el.text) .. ', ' .. written .. ')')
end

-- Tables that other libraries leave as HTML become real tables.
local function raw(el)
  if (typst or word) and el.format == 'html' then
    return pandoc.read(el.text, 'html').blocks
  end
end

local function levels(doc)
  local last, parts = 1, doc.meta.parts
  doc.blocks = doc.blocks:walk{Header = function(el)
    local level = math.max(el.level, 2)
    if parts and not el.classes:includes('part') then level = level + 1 end
    last = math.min(level, last + 1)
    el.level = (typst or word) and last - 1 or last
    if not el.classes:includes('part') then return el end
    if typst then return {pandoc.RawBlock('typst', '#pagebreak(weak: true)'), el} end
    if word then return {pandoc.RawBlock('openxml', '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'), el} end
    return el
  end}
  return doc
end

-- Tables of the text: a region of their own in HTML.
local tables = 0
local function region(el)
  if FORMAT:match('html') then
    tables = tables + 1
    return pandoc.Div({el}, scrolling('table', 'Table in the text ' .. tables))
  end
end

-- A list of the headings where the text asks for one (Word and HTML; typst writes its own, with page numbers).
local function contents(doc)
  local items = pandoc.List()
  doc.blocks:walk{Header = function(el)
    if el.identifier ~= 'contents' and el.level <= (word and 1 or 2) then
      items:insert({pandoc.Plain{pandoc.Link(el.content, '#' .. el.identifier)}})
    end
  end}
  doc.blocks = doc.blocks:walk{Div = function(el)
    if el.identifier == 'contents-list' then return {pandoc.BulletList(items)} end
  end}
  return doc
end

return {{RawBlock = raw}, {Image = image, Math = formula, Table = region}, {Pandoc = levels}, {Pandoc = contents}}
