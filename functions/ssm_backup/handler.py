"""Export the parameters of an environment, sealed and verified; started monthly."""

from watchkeeper.backup.job import back_up_parameters
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import SsmBackupSettings

handler = scheduled_handler("ssm_backup", SsmBackupSettings, back_up_parameters)
