"""Addresses of activities."""

from django.urls import path

from .views import autosave, desk, detail, entry, exports, files, follow_ups, history, imports, lists, placing, review

app_name = "activities"
urlpatterns = [
    path("", lists.activity_list, name="list"),
    path("export.<str:kind>", exports.activity_export, name="export"),
    path("follow-ups/export.<str:kind>", exports.follow_up_export, name="export-follow-ups"),
    path("series/export.<str:kind>", exports.series_export, name="export-series"),
    path("import/", imports.import_new, name="import-new"),
    path("import/template.<str:kind>", imports.import_template, name="import-template"),
    path("import/<int:number>/", imports.import_detail, name="import"),
    path("import/<int:number>/names/", imports.import_names, name="import-names"),
    path("import/<int:number>/write/", imports.import_write, name="import-write"),
    path("import/<int:number>/again/", imports.import_again, name="import-again"),
    path("import/<int:number>/drop/", imports.import_drop, name="import-drop"),
    path("import/<int:number>/undo/", imports.import_undo, name="import-undo"),
    path("new/", entry.activity_new, name="new"),
    path("new/keep/", autosave.keep_new, name="keep-new"),
    path("desk/", desk.desk, name="desk"),
    path("decide/", desk.decide, name="decide"),
    path("inferred/", placing.inferred, name="inferred"),
    path("other-programme/", placing.misplaced, name="misplaced"),
    path("follow-ups/", follow_ups.follow_up_list, name="follow-ups"),
    path("follow-ups/<int:number>/", follow_ups.follow_up_change, name="follow-up-change"),
    path("follow-ups/<int:number>/done/", follow_ups.follow_up_done, name="follow-up-done"),
    path("follow-ups/<int:number>/reopen/", follow_ups.follow_up_reopen, name="follow-up-reopen"),
    path("<slug:reference>/", detail.activity_detail, name="detail"),
    path("<slug:reference>/history/", history.activity_history, name="history"),
    path("<slug:reference>/edit/", entry.activity_edit, name="edit"),
    path("<slug:reference>/keep/", autosave.keep_edit, name="keep"),
    path("<slug:reference>/submit/", review.activity_submit, name="submit"),
    path("<slug:reference>/withdraw/", review.activity_withdraw, name="withdraw"),
    path("<slug:reference>/approve/", review.activity_approve, name="approve"),
    path("<slug:reference>/return/", review.activity_return, name="return"),
    path("<slug:reference>/verify/", review.activity_verify, name="verify"),
    path("<slug:reference>/reopen/", review.activity_reopen, name="reopen"),
    path("<slug:reference>/confirm-release/", review.activity_confirm_release, name="confirm-release"),
    path("<slug:reference>/confirm-priority/", review.activity_confirm_priority, name="confirm-priority"),
    path("<slug:reference>/evidence/<int:number>/confirm/", review.activity_confirm_evidence, name="confirm-evidence"),
    path("<slug:reference>/stage/<slug:stage>/", review.activity_stage, name="stage"),
    path("<slug:reference>/delete/", review.activity_delete, name="delete"),
    path("<slug:reference>/files/", files.attachment_add, name="attach"),
    path("<slug:reference>/files/<int:number>/", files.attachment, name="attachment"),
    path("<slug:reference>/files/<int:number>/remove/", files.attachment_remove, name="detach"),
]
