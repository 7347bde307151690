-- pandoc's typst writer drops the alt text of pictures and knows none for formulas; PDF/UA-1 asks for both.
local function quoted(text)
  return '"' .. text:gsub('\\', '\\\\'):gsub('"', '\\"'):gsub('\n', ' ') .. '"'
end

function Image(el)
  local alt = el.attributes.alt or pandoc.utils.stringify(el.caption)
  return pandoc.RawInline('typst', '#image(' .. quoted(el.src) .. ', alt: ' .. quoted(alt) .. ')')
end

function Math(el)
  local written = pandoc.write(pandoc.Pandoc{pandoc.Plain{el}}, 'typst'):gsub('%s+$', '')
  local block = el.mathtype == 'DisplayMath' and 'true' or 'false'
  return pandoc.RawInline('typst', '#math.equation(block: ' .. block .. ', alt: ' .. quoted(el.text) .. ', ' .. written .. ')')
end

-- Tables that other libraries leave as HTML become real tables.
function RawBlock(el)
  if el.format == 'html' then
    return pandoc.read(el.text, 'html').blocks:walk({Image = Image})
  end
end
