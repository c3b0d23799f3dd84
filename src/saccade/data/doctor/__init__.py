"""The doctor of data: what a training run would meet, before it begins."""

from saccade.data.doctor.diagnosis import diagnose
from saccade.data.doctor.duplicates import Twin
from saccade.data.doctor.examination import Examination, Finding, examine
from saccade.data.doctor.remark import Remark, Spot

__all__ = ["Examination", "Finding", "Remark", "Spot", "Twin", "diagnose", "examine"]
