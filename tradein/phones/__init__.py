"""Which phone a customer means: the catalogue's names found in what they write.

Read from the top: :mod:`~tradein.phones.resolver` answers; below it are :mod:`~tradein.phones.meant` (which of several
phones named), :mod:`~tradein.phones.absences` (phones on no list), :mod:`~tradein.phones.mentions` (phones, makers and
others named), :mod:`~tradein.phones.sentence` (which numbers are memory, age or money), :mod:`~tradein.phones.listing`
(what is on offer), :mod:`~tradein.phones.index` (its names) and :mod:`~tradein.phones.words` (words that mean
something, or nothing, beside a name).
"""
