"""Label Studio's routes and a new one, and a way to let a request fail after it did its work."""

from django.http import HttpResponse, JsonResponse
from django.urls import include, path
from rest_framework.views import APIView


class BrandNewAPI(APIView):
    def get(self, request):
        return JsonResponse({"all": "the gold"})


class FailsAfterwards:
    """Middleware: as when the database is locked by the time Label Studio has stored an answer."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        return HttpResponse(status=500) if request.headers.get("X-Made-Up") == "fail" else response


urlpatterns = [path("api/brand-new/", BrandNewAPI.as_view()), path("", include("core.urls"))]
