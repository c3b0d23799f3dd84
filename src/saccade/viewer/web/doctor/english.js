/** Every phrase of the doctor's page in English; korean.js has the same keys. */

/** @type {Record<string, string>} */
export const ENGLISH = {
  "dr.title": "Data examined: {title}",
  "dr.source": "{count} readable pictures in {splits}",
  "dr.findings": "What was found",
  "dr.pictures": "Pictures by class",
  "dr.problem": "problem",
  "dr.caution": "caution",
  "dr.fine": "fine",
  "dr.names": "Names ({count})",
  "dr.more": "and {count} more",
  "dr.gone": "cannot be shown",
  "dr.all": "{split}: {count}",
  "dr.sizes": "Smallest {small}, median {median}, largest {large} pixels.",
};
