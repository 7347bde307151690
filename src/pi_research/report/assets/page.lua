-- For both writers: headings below the page's title, with no level left out, and a description for each picture.
-- For typst: pandoc's writer drops the alt text of pictures and knows none for formulas; PDF/UA-1 asks for both.
local typst = FORMAT == 'typst'
local nameless = 'Picture; no description was given with it.'

local function quoted(text)
  return '"' .. text:gsub('\\', '\\\\'):gsub('"', '\\"'):gsub('\n', ' ') .. '"'
end

local function image(el)
  local alt = el.attributes.alt or pandoc.utils.stringify(el.caption)
  if alt == '' then alt = nameless end
  if not el.src:match(typst and '^picture%d+_%d+%.%a+$' or '^data:image/') then
    return pandoc.Emph('(Picture not in this file: ' .. alt .. ')')
  end
  if not typst then
    el.caption = pandoc.Inlines(alt)
    return el
  end
  return pandoc.RawInline('typst', '#image(' .. quoted(el.src) .. ', alt: ' .. quoted(alt) .. ')')
end

local function formula(el)
  if not typst then return nil end
  local written = pandoc.write(pandoc.Pandoc{pandoc.Plain{el}}, 'typst'):gsub('%s+$', '')
  local block = el.mathtype == 'DisplayMath' and 'true' or 'false'
  return pandoc.RawInline('typst', '#math.equation(block: ' .. block .. ', alt: ' .. quoted(el.text) .. ', ' .. written .. ')')
end

-- Tables that other libraries leave as HTML become real tables.
local function raw(el)
  if typst and el.format == 'html' then
    return pandoc.read(el.text, 'html').blocks
  end
end

local function levels(doc)
  local last = 1
  doc.blocks = doc.blocks:walk{Header = function(el)
    last = math.min(math.max(el.level, 2), last + 1)
    el.level = typst and last - 1 or last
    return el
  end}
  return doc
end

return {{RawBlock = raw}, {Image = image, Math = formula}, {Pandoc = levels}}
