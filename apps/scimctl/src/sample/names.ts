/** What sample people are made of: names that are common in several countries. */
export const GIVEN =
  'Ada Anna Ayşe Bram Carlos Chloé Daan Elena Emma Eva Fatima Finn Greta Hugo Ines Jan Jasper José Julia Karel Lars Lena Levi Lotte Lucas Luuk Maria Mehmet Mila Noah Nora Olga Omar Pieter Priya Ravi Renée Sanne Sara Sem Sofia Søren Stijn Tess Thomas Tim Wei Yara Zoë Žofie'.split(
    ' ',
  );

export const FAMILY =
  'Adams Bakker Bauer Bos Chen Costa Dekker Demir Dijkstra Dubois Fischer García Hansen Hendriks Horváth Ivanova Jansen Janssen Jensen Khan Kim Kowalski Kuipers Larsen López Maas Meijer Müller Nguyen Novák Olsen Peeters Peters Rossi Sato Schmidt Silva Singh Smit Smits Svensson Visser Vos Wagner Willems Wójcik Yilmaz Zhang Ørsted de Vries'.split(
    ' ',
  );

export const SUBJECTS =
  'Astronomy Biology Chemistry Climate Economics Genetics Geology History Imaging Informatics Languages Law Logistics Materials Mathematics Medicine Music Neurology Optics Pharmacy Philosophy Physics Robotics Sociology Statistics'.split(
    ' ',
  );

export const KINDS =
  'Board Collaboration Department Institute Laboratory Project Services Staff Students Team'.split(
    ' ',
  );

export const TITLES = [
  'Analyst',
  'Engineer',
  'Lecturer',
  'Librarian',
  'Manager',
  'Professor',
  'Researcher',
];
